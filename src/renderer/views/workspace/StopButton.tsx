/** @file Stops a job after its current unit of work; where one cannot wait for that, at once. */

import { Button } from '../../components/Button.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { attempt } from '../../state/session.ts';
import { stopJob, useWorkspace } from '../../state/workspace.ts';

export function StopButton({ job }: { job: number }) {
  const stopping = useWorkspace((state) => state.stopping.includes(job));
  return (
    <Button
      icon="stop"
      title={
        stopping
          ? 'It stops after the current unit of work. What is complete is kept in either case.'
          : `Stop after the current unit of work (${keysOf('job.cancel') ?? ''}); Continue goes on there`
      }
      onClick={() => {
        attempt(stopJob(job));
      }}
    >
      {stopping ? 'Stop at once' : 'Stop'}
    </Button>
  );
}
