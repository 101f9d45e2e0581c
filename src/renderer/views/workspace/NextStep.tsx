/** @file The one thing to do next with the current dataset. */

import './nextStep.css';
import type { Summary } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { showForm } from '../../state/forms.ts';
import { runningJob } from '../../state/jobs.ts';
import { nextStep } from '../../state/nextStep.ts';
import { resumeRun } from '../../state/runs.ts';
import { attempt, showView } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

export function NextStep({ summary }: { summary: Summary }) {
  const dataset = useWorkspace(currentDataset);
  const busy = useWorkspace((state) => runningJob(state.jobs) !== undefined);
  const step = nextStep(summary, dataset);
  // while something runs its progress is the news
  if (busy) return null;
  if (!step) {
    // people review when they want to: it is offered, not asked for
    const reviewable = dataset?.decisions === 0 && (dataset.balance?.groups ?? 0) > 0;
    return (
      <section className="next-step" aria-label="Next step">
        <p className="muted">
          Every stage of {dataset?.name} is done{reviewable ? '; nobody has looked at its groups yet.' : '.'}
        </p>
        {reviewable && (
          <Button
            onClick={() => {
              showView('duplicates');
            }}
          >
            Review
          </Button>
        )}
      </section>
    );
  }
  const { label, why, does } = step;
  return (
    <section className="next-step" aria-label="Next step">
      <strong>Next</strong>
      <p className="muted truncate" title={why}>
        {why}
      </p>
      <Button
        kind="primary"
        icon={'form' in does && does.form === 'import' ? 'import' : 'play'}
        onClick={() => {
          if ('form' in does) showForm(does.form);
          else if ('view' in does) showView(does.view);
          else attempt(resumeRun(does.resume));
        }}
      >
        {label}
      </Button>
    </section>
  );
}
