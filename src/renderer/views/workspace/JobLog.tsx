/** @file What a job said: it follows the end, lines can be searched and copied. */

import { Fragment, useEffect, useRef, useState } from 'react';
import { request } from '../../api/api.ts';
import { IconButton } from '../../components/Button.tsx';
import { jobTitle } from '../../../preload/jobTitle.ts';
import { type JobView } from '../../state/jobs.ts';
import { matchingLines, splitAtMatches } from '../../state/logSearch.ts';
import { attempt, notify } from '../../state/session.ts';
import { loadLog, useWorkspace } from '../../state/workspace.ts';

const noLines: string[] = [];

export function JobLog({ job, open }: { job: JobView; open: boolean }) {
  const [shown, setShown] = useState(open);
  useEffect(() => {
    if (shown) attempt(loadLog(job.id));
  }, [shown, job.id]);
  return (
    <details
      open={shown}
      onToggle={(event) => {
        setShown(event.currentTarget.open);
      }}
    >
      <summary>Output</summary>
      {shown && <Lines job={job} />}
    </details>
  );
}

function Lines({ job }: { job: JobView }) {
  const lines = useWorkspace((state) => state.logs[job.id]?.lines ?? noLines);
  const [wanted, setWanted] = useState('');
  const [follow, setFollow] = useState(true);
  const text = useRef<HTMLPreElement>(null);
  const shown = matchingLines(lines, wanted);
  useEffect(() => {
    if (follow) text.current?.scrollTo({ top: text.current.scrollHeight });
  }, [lines, follow, wanted]);
  const copy = async (): Promise<void> => {
    await request('clipboard.write', { text: shown.join('\n').slice(-1_000_000) });
    notify('info', `${shown.length} lines are in the clipboard.`);
  };
  return (
    <div className="job-log-frame">
      <div className="job-log-tools">
        <input
          className="input"
          type="search"
          aria-label={`Search the output of ${jobTitle(job.command)}`}
          placeholder="Search"
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
          }}
        />
        <span className="muted" role="status">
          {wanted !== '' && `${shown.length} of ${lines.length} lines`}
        </span>
        <IconButton
          icon="follow"
          label={follow ? 'Stays at the end; press to stay here' : 'Stay at the end'}
          aria-pressed={follow}
          onClick={() => {
            setFollow(!follow);
          }}
        />
        <IconButton
          icon="copy"
          label="Copy these lines"
          disabled={shown.length === 0}
          onClick={() => {
            attempt(copy());
          }}
        />
      </div>
      <pre
        ref={text}
        className="job-log mono selectable"
        tabIndex={0}
        aria-label={`Output of ${jobTitle(job.command)}`}
        onWheel={(event) => {
          // who looks back does not want to be taken to the end
          if (event.deltaY < 0) setFollow(false);
        }}
      >
        {shown.length === 0 && (lines.length === 0 ? 'Nothing said yet.' : 'No line has this.')}
        {shown.map((line, at) => (
          // lines come and go in order only
          <Fragment key={at}>
            {splitAtMatches(line, wanted).map((part, i) => (i % 2 === 1 ? <mark key={i}>{part}</mark> : part))}
            {'\n'}
          </Fragment>
        ))}
      </pre>
    </div>
  );
}
