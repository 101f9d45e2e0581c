/** @file A dataset: where it came from, its first pairs, what was skipped and why, and what looks wrong with its pictures. */

import './dataView.css';
import type { DataFacts, Dataset } from '../../../preload/contract.ts';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { useDrop } from '../../components/useDrop.ts';
import { formatCount } from '../../state/format.ts';
import { showForm } from '../../state/forms.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { FormButton } from '../forms/FormButton.tsx';
import { FirstPairs } from './FirstPairs.tsx';
import { QualityPanel } from './QualityPanel.tsx';
import { SkippedPanel } from './SkippedPanel.tsx';
import { SourceStrip } from './SourceStrip.tsx';

export function DataView() {
  const dataset = useWorkspace(currentDataset);
  const workspace = useWorkspace((state) => state.id);
  const { over, target } = useDrop((sources) => {
    showForm('import', sources);
  });
  return (
    <div className="data" data-over={over || undefined} {...target}>
      {dataset && workspace !== null ? <Shown workspace={workspace} dataset={dataset} /> : <NoData />}
    </div>
  );
}

function NoData() {
  return (
    <Empty title="No data yet">
      <p>
        Import pictures with captions: a folder, a table, WebDataset or zip archives, Parquet, COCO captions. Drop them
        here, or choose them. The files stay where they are.
      </p>
      <FormButton form="import" label="Import data…" />
    </Empty>
  );
}

function Shown({ workspace, dataset }: { workspace: string; dataset: Dataset }) {
  const params = { workspace, dataset: dataset.id };
  const { value: facts, failure } = useAnswer('data.facts', params, versionOf(dataset));
  if (failure !== null) return <Failure title="The dataset cannot be read" message={failure} />;
  if (!facts) return <Loading what="the dataset" />;
  return (
    <>
      <SourceStrip dataset={dataset} facts={facts} />
      <div className="data-panels">
        <Panel title="First pairs" tools={<Count facts={facts} dataset={dataset} />}>
          <FirstPairs workspace={workspace} samples={facts.first} />
        </Panel>
        <div className="data-side">
          <QualityPanel workspace={workspace} dataset={dataset} />
          <SkippedPanel facts={facts} />
        </div>
      </div>
    </>
  );
}

function Count({ facts, dataset }: { facts: DataFacts; dataset: Dataset }) {
  return (
    <span>
      {formatCount(facts.first.length)} of {formatCount(dataset.images)}
    </span>
  );
}

/** While an import goes on, the facts are asked for again each time that the dataset has doubled. */
const versionOf = ({ complete, images, skipped }: Dataset): string =>
  complete ? `${images} ${skipped}` : `${Math.ceil(Math.log2(images + 1))} ${Math.ceil(Math.log2(skipped + 1))}`;
