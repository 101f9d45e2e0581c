/** @file What runs, waits and ran, whoever started it: progress, rate, time left, and what it said. */

import './jobsPanel.css';
import { jobTitle } from '../../../preload/jobTitle.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Empty, Panel } from '../../components/Panel.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { formatAge, formatCount, formatDuration, formatRate } from '../../state/format.ts';
import { explainError } from '../../state/jobErrors.ts';
import { fractionOf, rateOf, runningJob, stageOf, timeLeftOf, type JobView } from '../../state/jobs.ts';
import { attempt } from '../../state/session.ts';
import { continueJob, removeQueued, startQueued, useWorkspace } from '../../state/workspace.ts';
import { JobLog } from './JobLog.tsx';
import { StopButton } from './StopButton.tsx';

const states = { running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Stopped' } as const;

export function JobsPanel() {
  const jobs = useWorkspace((state) => state.jobs);
  return (
    <Panel title="Jobs">
      <Queue />
      {jobs.length === 0 ? (
        <Empty title="No jobs yet">
          <p>Jobs that are started here or in a terminal on this workspace are listed here.</p>
        </Empty>
      ) : (
        <ul className="jobs" tabIndex={0} aria-label="Jobs">
          {jobs.map((job, index) => (
            <JobEntry key={job.id} job={job} first={index === 0} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Those that wait; after a job that did not end well, a person says whether they still make sense. */
function Queue() {
  const queue = useWorkspace((state) => state.queue);
  const busy = useWorkspace((state) => runningJob(state.jobs) !== undefined);
  const held = useWorkspace((state) => !busy && state.jobs[0] !== undefined && state.jobs[0].state !== 'done');
  if (queue.length === 0) return null;
  return (
    <section className="queue" aria-label="Waiting jobs">
      {held && <p className="job-line">The job before them did not end well. They wait until you start them.</p>}
      <ol>
        {queue.map(({ id, command }) => (
          <li key={id}>
            <span className="truncate" title={command.join(' ')}>
              {jobTitle(command)}
            </span>
            <span className="job-state">Waits</span>
            {held && (
              <Button
                icon="play"
                onClick={() => {
                  attempt(startQueued(id));
                }}
              >
                Start
              </Button>
            )}
            <IconButton
              icon="close"
              label={`Do not start ${jobTitle(command)}`}
              onClick={() => {
                attempt(removeQueued(id));
              }}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

function JobEntry({ job, first }: { job: JobView; first: boolean }) {
  const running = job.state === 'running';
  return (
    <li className="job">
      <div className="job-head">
        <strong className="truncate" title={job.command.join(' ')}>
          {jobTitle(job.command)}
        </strong>
        <span className={`job-state job-state-${job.state}`}>{states[job.state]}</span>
      </div>
      {running ? <Progress job={job} /> : <Outcome job={job} />}
      {job.hasLog ? (
        <JobLog job={job} open={first} />
      ) : (
        <p className="job-line muted">Its output is in its terminal.</p>
      )}
    </li>
  );
}

function Progress({ job }: { job: JobView }) {
  const { progress } = job;
  const rate = rateOf(job);
  const left = timeLeftOf(job);
  return (
    <>
      <ProgressBar label={`Progress of ${jobTitle(job.command)}`} fraction={fractionOf(job)} />
      <div className="job-row">
        <div className="job-figures">
          {!progress && <span>starting…</span>}
          {stageOf(job) !== '' && <span className="truncate">{stageOf(job)}</span>}
          {progress && (
            <span className="muted truncate">
              {formatCount(progress.done)}
              {progress.total > 0 && ` of ${formatCount(progress.total)}`} {progress.unit}
              {rate !== undefined && rate > 0 && `, ${formatRate(rate)}`}
              {left !== undefined && `, ${formatDuration(left)} left`}
            </span>
          )}
        </div>
        <StopButton job={job.id} />
      </div>
    </>
  );
}

function Outcome({ job }: { job: JobView }) {
  const { id, state, startedAt, finishedAt, error, hasLog } = job;
  const advice = state === 'failed' ? explainError(error) : undefined;
  return (
    <>
      <div className="job-row">
        <p className="job-line muted">
          {formatAge(startedAt)}
          {finishedAt !== null && `, took ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`}
        </p>
        {hasLog && state !== 'done' && (
          <Button
            icon={state === 'failed' ? 'again' : 'play'}
            title="Starts the same command again: it goes on after what is complete."
            onClick={() => {
              attempt(continueJob(id));
            }}
          >
            {state === 'failed' ? 'Try again' : 'Continue'}
          </Button>
        )}
      </div>
      {state === 'failed' && error !== null && <p className="job-error selectable">{error}</p>}
      {advice !== undefined && <p className="job-line">{advice}</p>}
    </>
  );
}
