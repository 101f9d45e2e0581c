/** @file What runs and what ran, whoever started it: progress, rate, time left, and what it said. */

import './jobsPanel.css';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Empty, Panel } from '../../components/Panel.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { formatAge, formatCount, formatDuration, formatRate } from '../../state/format.ts';
import { fractionOf, jobTitle, rateOf, timeLeftOf, type JobView } from '../../state/jobs.ts';
import { attempt } from '../../state/session.ts';
import { cancelJob, loadLog, useWorkspace } from '../../state/workspace.ts';

const states = { running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' } as const;

export function JobsPanel() {
  const jobs = useWorkspace((state) => state.jobs);
  return (
    <Panel title="Jobs">
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

function JobEntry({ job, first }: { job: JobView; first: boolean }) {
  const running = job.state === 'running';
  return (
    <li className="job">
      <div className="job-head">
        <strong className="truncate" title={job.command.join(' ')}>
          {jobTitle(job)}
        </strong>
        <span className={`job-state job-state-${job.state}`}>{states[job.state]}</span>
      </div>
      {running ? <Progress job={job} /> : <Outcome job={job} />}
      {job.hasLog ? <Log job={job} open={first} /> : <p className="job-line muted">Its output is in its terminal.</p>}
    </li>
  );
}

function Progress({ job }: { job: JobView }) {
  const { progress } = job;
  const rate = rateOf(job);
  const left = timeLeftOf(job);
  return (
    <>
      <ProgressBar label={`Progress of ${jobTitle(job)}`} fraction={fractionOf(job)} />
      <div className="job-row">
        <div className="job-figures">
          <span className="truncate">{progress ? progress.stage : 'starting…'}</span>
          {progress && (
            <span className="muted truncate">
              {formatCount(progress.done)}
              {progress.total > 0 && ` of ${formatCount(progress.total)}`} {progress.unit}
              {rate !== undefined && rate > 0 && `, ${formatRate(rate)}`}
              {left !== undefined && `, ${formatDuration(left)} left`}
            </span>
          )}
        </div>
        <Button
          icon="stop"
          title={`Stop after the current unit of work (${keysOf('job.cancel') ?? ''})`}
          onClick={() => {
            attempt(cancelJob(job.id));
          }}
        >
          Cancel
        </Button>
      </div>
    </>
  );
}

function Outcome({ job: { startedAt, finishedAt, error } }: { job: JobView }) {
  return (
    <>
      <p className="job-line muted">
        {formatAge(startedAt)}
        {finishedAt !== null && `, took ${formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`}
      </p>
      {error !== null && <p className="job-error selectable">{error}</p>}
    </>
  );
}

function Log({ job, open }: { job: JobView; open: boolean }) {
  const [shown, setShown] = useState(open);
  const lines = useWorkspace((state) => state.logs[job.id]?.lines);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (shown) attempt(loadLog(job.id));
  }, [shown, job.id]);
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [lines]);
  return (
    <details
      open={shown}
      onToggle={(event) => {
        setShown(event.currentTarget.open);
      }}
    >
      <summary>Output</summary>
      {lines && (
        <pre ref={end} className="job-log mono selectable" tabIndex={0}>
          {lines.length > 0 ? lines.join('\n') : 'Nothing said yet.'}
        </pre>
      )}
    </details>
  );
}
