/** @file Where a run is, what looks wrong with it, and what can be done with it. */

import type { Run } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Segments } from '../../components/Segments.tsx';
import { startLike } from '../../state/distillForm.ts';
import { formatAge, formatCount, formatDuration, formatValue } from '../../state/format.ts';
import { runningJob } from '../../state/jobs.ts';
import { resumeRun, showTab, useRuns, type RunData } from '../../state/runs.ts';
import { attempt } from '../../state/session.ts';
import { stopJob, useWorkspace } from '../../state/workspace.ts';

const words = { running: 'Training', stopped: 'Stopped', done: 'Done', failed: 'Failed' } as const;

export function RunHead({ run, data, compared }: { run: Run; data: RunData; compared: number }) {
  const tab = useRuns((state) => state.tab);
  const tabs = [
    { value: 'charts', label: 'Charts' },
    { value: 'compare', label: compared > 1 ? `Compare ${compared}` : 'Compare' },
    { value: 'settings', label: 'Settings' },
  ] as const;
  return (
    <section className="run-head" aria-label="Run">
      <div className="run-title">
        <h2 className="truncate selectable" title={run.id}>
          {run.student}
        </h2>
        <span className={`run-state run-state-${run.state}`}>{words[run.state]}</span>
        <span className="muted truncate selectable">{describe(run, data)}</span>
        <Actions run={run} data={data} />
      </div>
      {run.state === 'failed' && data.facts.error !== null && <Alert text={data.facts.error} />}
      {data.facts.alarms.map(({ kind, text }) => (
        <Alert key={kind} text={text} />
      ))}
      <Segments label="Show" value={tab} options={tabs} onChange={showTab} />
    </section>
  );
}

function Alert({ text }: { text: string }) {
  return (
    <p className="run-alarm selectable" role="status">
      <Icon name="alert" size={14} /> {text}
    </p>
  );
}

function describe(run: Run, { facts, curves }: RunData): string {
  const parts = [`${formatCount(run.step)} of ${formatCount(run.totalSteps)} steps`];
  const speed = Array.from(curves['samplesPerSecond']?.values.subarray(-50) ?? []);
  const seconds = speed.length > 0 ? speed.reduce((sum, rate) => sum + 1 / rate, 0) / speed.length : 0;
  if (seconds > 0) parts.push(`${formatValue(1 / seconds)} pairs/s`);
  if (run.state === 'running' && facts.batch !== null && seconds > 0) {
    parts.push(`${formatDuration((run.totalSteps - run.step) * facts.batch * seconds * 1000)} left`);
  } else parts.push(`started ${formatAge(run.startedAt)}`);
  return parts.join(', ');
}

function Actions({ run, data }: { run: Run; data: RunData }) {
  const job = useWorkspace((state) => runningJob(state.jobs));
  const checkpoint = data.facts.checkpoints.at(-1);
  return (
    <div className="run-actions">
      {run.state === 'running' && job && (
        <Button
          icon="stop"
          title="Stops after the step that is under way, with a checkpoint. It continues from there later."
          onClick={() => {
            attempt(stopJob(job.id));
          }}
        >
          Pause
        </Button>
      )}
      {(run.state === 'stopped' || run.state === 'failed') && (
        <Button
          kind="primary"
          icon="play"
          title={
            checkpoint
              ? `The same run goes on after step ${formatCount(checkpoint.step)}`
              : 'There is no checkpoint: the same run starts again'
          }
          onClick={() => {
            attempt(resumeRun(run.id));
          }}
        >
          Continue
        </Button>
      )}
      <Button
        icon="copy"
        title="A new run with these settings, to be changed; it starts as this one did"
        disabled={data.facts.values === null}
        onClick={() => {
          startLike(data.facts, null);
        }}
      >
        Clone…
      </Button>
      {checkpoint && (
        <Button
          icon="next"
          title={`A new run that starts with the weights of step ${formatCount(checkpoint.step)}; its steps and optimiser start anew`}
          disabled={data.facts.values === null}
          onClick={() => {
            startLike(data.facts, checkpoint);
          }}
        >
          New from checkpoint…
        </Button>
      )}
    </div>
  );
}
