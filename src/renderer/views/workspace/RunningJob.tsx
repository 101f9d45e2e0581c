/** @file The running job in one line, for the views that have no list of jobs. */

import './runningJob.css';
import { Button } from '../../components/Button.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { fractionOf, jobName, progressText, runningJob } from '../../state/jobs.ts';
import { attempt } from '../../state/session.ts';
import { cancelJob, useWorkspace } from '../../state/workspace.ts';

export function RunningJob() {
  const job = useWorkspace((state) => runningJob(state.jobs));
  if (!job) return null;
  return (
    <section className="running" aria-label="Running job">
      <strong>{jobName(job)}</strong>
      <span className="muted truncate">{job.progress ? progressText(job) : 'starting…'}</span>
      <ProgressBar label={`Progress of ${jobName(job)}`} fraction={fractionOf(job)} />
      <Button
        icon="stop"
        title={`Stop after the current unit of work (${keysOf('job.cancel') ?? ''})`}
        onClick={() => {
          attempt(cancelJob(job.id));
        }}
      >
        Cancel
      </Button>
    </section>
  );
}
