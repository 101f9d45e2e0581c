/** @file The pipeline of the current dataset, stage by stage. */

import './pipelineStrip.css';
import type { Summary } from '../../../preload/contract.ts';
import { Icon } from '../../components/Icon.tsx';
import { pipelineStages, type Stage } from '../../state/pipeline.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

const words = { empty: 'not yet', partial: 'incomplete', running: 'running', done: 'done', failed: 'failed' } as const;

export function PipelineStrip({ summary }: { summary: Summary }) {
  const dataset = useWorkspace(currentDataset);
  const jobs = useWorkspace((state) => state.jobs);
  return (
    <ol className="pipeline" aria-label="Pipeline">
      {pipelineStages(summary, dataset, jobs).map((stage) => (
        <StageCell key={stage.name} stage={stage} />
      ))}
    </ol>
  );
}

function StageCell({ stage: { name, state, value, detail, fraction } }: { stage: Stage }) {
  return (
    <li className={`stage stage-${state}`} aria-current={state === 'running' ? 'step' : undefined}>
      <span className="stage-name">
        <span className="stage-mark">
          {state === 'done' && <Icon name="check" size={10} />}
          {state === 'failed' && <Icon name="close" size={10} />}
        </span>
        <span className="stage-word">{name === 'distill' ? 'distil' : name}</span>
        <span className="visually-hidden">: {words[state]}</span>
      </span>
      <span className="stage-value truncate" title={value}>
        {value || '–'}
      </span>
      <span className="stage-detail truncate" title={detail}>
        {detail || words[state]}
      </span>
      {state === 'running' && <span className="stage-bar" style={{ width: `${(fraction ?? 0) * 100}%` }} />}
    </li>
  );
}
