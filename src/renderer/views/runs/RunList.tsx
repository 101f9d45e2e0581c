/** @file All runs, newest first: one is chosen, others are ticked to be compared with it. */

import type { Run } from '../../../preload/contract.ts';
import { Panel } from '../../components/Panel.tsx';
import { Button } from '../../components/Button.tsx';
import { formatAge, formatCount } from '../../state/format.ts';
import { showForm } from '../../state/forms.ts';
import { runStyle } from '../../state/runCharts.ts';
import { chooseRun, compareRun, shownRuns, useRuns } from '../../state/runs.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { RunSwatch } from './RunSwatch.tsx';

const words = { running: 'training', stopped: 'stopped', done: 'done', failed: 'failed' } as const;

export function RunList({ runs }: { runs: Run[] }) {
  const chosen = useRuns((state) => state.chosen);
  const others = useRuns((state) => state.others);
  const shown = shownRuns({ chosen, others }, runs).map(({ id }) => id);
  return (
    <Panel
      title={`${formatCount(runs.length)} run${runs.length === 1 ? '' : 's'}`}
      tools={
        <Button
          icon="plus"
          onClick={() => {
            showForm('distill');
          }}
        >
          Distil…
        </Button>
      }
    >
      <ul className="run-list" aria-label="Runs">
        {runs.map((run) => (
          <Row key={run.id} run={run} place={shown.indexOf(run.id)} several={shown.length > 1} />
        ))}
      </ul>
    </Panel>
  );
}

function Row({ run, place, several }: { run: Run; place: number; several: boolean }) {
  const dataset = useWorkspace((state) => state.summary?.datasets.find(({ id }) => id === run.dataset)?.name);
  const share = run.totalSteps > 0 ? run.step / run.totalSteps : 0;
  return (
    <li className="run-row" data-chosen={place === 0 || undefined}>
      <label className="run-tick" title={place === 0 ? 'The run that is shown' : 'Compare with the run that is shown'}>
        <input
          type="checkbox"
          aria-label={`Compare ${run.student}, ${run.id}`}
          checked={place >= 0}
          disabled={place === 0}
          onChange={() => {
            compareRun(run.id);
          }}
        />
      </label>
      <button
        type="button"
        className="run-button"
        aria-current={place === 0 ? 'true' : undefined}
        onClick={() => {
          chooseRun(run.id);
        }}
      >
        <span className="run-name">
          {several && place >= 0 && <RunSwatch {...runStyle(place)} />}
          <strong className="truncate">
            {several && place >= 0 && `${place + 1} `}
            {run.student}
          </strong>
          <span className={`run-state run-state-${run.state}`}>{words[run.state]}</span>
        </span>
        <span className="run-line muted">
          <span className="truncate">{dataset ?? 'dataset gone'}</span>
          <span>
            {formatCount(run.step)}
            {run.step < run.totalSteps && ` of ${formatCount(run.totalSteps)}`} steps, {formatAge(run.startedAt)}
          </span>
        </span>
        {run.state === 'running' && (
          <span className="run-bar">
            <i style={{ width: `${share * 100}%` }} />
          </span>
        )}
      </button>
    </li>
  );
}
