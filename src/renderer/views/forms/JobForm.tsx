/** @file What all forms have in common: fields above, the command that does the same, and the start. */

import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { JobStart } from '../../../preload/contract.ts';
import { messageOf } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { CommandLine } from '../../components/CommandLine.tsx';
import { TriedContext } from '../../components/Field.tsx';
import { commandLine } from '../../state/commandLine.ts';
import { closeForm, startFromForm } from '../../state/forms.ts';
import { runningJob } from '../../state/jobs.ts';
import { useSession } from '../../state/session.ts';
import { useWorkspace } from '../../state/workspace.ts';

interface JobFormProps {
  /** What the stage does, in a sentence. */
  what: string;
  start: string;
  /** Null while a field is wrong. */
  job: JobStart | null;
  children: ReactNode;
  /** Beside the fields, or below them in a narrow window. */
  aside?: ReactNode;
}

export function JobForm({ what, start, job, children, aside }: JobFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  const [failure, setFailure] = useState<string | null>(null);
  const busy = useWorkspace((state) => runningJob(state.jobs) !== undefined);
  // after a try the first wrong field is where one goes on
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  const send = async (): Promise<void> => {
    setTries((before) => before + 1);
    if (job === null) return;
    try {
      await startFromForm(job);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  return (
    <TriedContext value={tries > 0}>
      <form
        ref={form}
        className="job-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p className="muted">{what}</p>
        {aside === undefined ? (
          <div className="job-fields">{children}</div>
        ) : (
          <div className="job-columns">
            <div className="job-fields">{children}</div>
            {aside}
          </div>
        )}
        <Command job={job} />
        {failure !== null && (
          <p className="field-note field-problem selectable" role="alert">
            {failure}
          </p>
        )}
        <footer>
          <span className="muted">{busy && 'Another job runs: this one starts once it is done.'}</span>
          <Button onClick={closeForm}>Cancel</Button>
          <Button kind="primary" icon="play" type="submit">
            {busy ? `${start} after that` : start}
          </Button>
        </footer>
      </form>
    </TriedContext>
  );
}

function Command({ job }: { job: JobStart | null }) {
  const dir = useSession((session) => session.workspace?.dir ?? '');
  return (
    <section className="job-command" aria-label="The same in a terminal">
      <h3>The same in a terminal</h3>
      {job ? (
        <CommandLine text={commandLine(job, dir)} />
      ) : (
        <p className="field-note">The command appears here once all fields are filled in.</p>
      )}
    </section>
  );
}
