/** @file Evaluations, models side by side, what stands behind the numbers, and what was exported. */

import './resultsView.css';
import { useState } from 'react';
import type { EvaluationFacts } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { showForm } from '../../state/forms.ts';
import { blocksOf } from '../../state/results.ts';
import { useRunList } from '../../state/runs.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { FormButton } from '../forms/FormButton.tsx';
import { DetailPanel } from './DetailPanel.tsx';
import { ExportsPanel } from './ExportsPanel.tsx';
import { PaperPanel } from './PaperPanel.tsx';
import { ResultTables } from './ResultTables.tsx';

export function ResultsView() {
  const workspace = useWorkspace((state) => state.id);
  // evaluations come from jobs of the window and of terminals alike
  const version = useWorkspace(({ summary, jobs }) =>
    JSON.stringify([summary?.evaluations, jobs.filter(({ state }) => state === 'done').length]),
  );
  const { value: facts, failure } = useAnswer('evaluations.list', workspace === null ? null : { workspace }, version);
  if (failure !== null) return <Failure title="The evaluations cannot be read" message={failure} />;
  if (!facts || workspace === null) return <Loading what="evaluations" />;
  return <Shown workspace={workspace} facts={facts} version={version} />;
}

function Shown({ workspace, facts, version }: { workspace: string; facts: EvaluationFacts; version: string }) {
  const runs = useRunList();
  const blocks = blocksOf(facts.evaluations, new Map(runs.map(({ id, student }) => [id, student])));
  const [chosen, choose] = useState<{ block: string; model: number } | null>(null);
  const block = blocks.find(({ key }) => key === chosen?.block) ?? blocks[0];
  const model = block?.models.find(({ id }) => id === chosen?.model) ?? block?.models.at(-1);
  return (
    <div className="results">
      <div className="results-side">
        <Panel title="Results" tools={<Tools />}>
          {blocks.length === 0 ? (
            <NoEvaluations />
          ) : (
            <ResultTables
              blocks={blocks}
              shown={model?.id}
              onShow={(key, id) => {
                choose({ block: key, model: id });
              }}
            />
          )}
        </Panel>
        <PaperPanel facts={facts} />
      </div>
      <div className="results-side">
        {block && model ? (
          <DetailPanel
            key={block.key}
            workspace={workspace}
            block={block}
            model={model}
            onModel={(id) => {
              choose({ block: block.key, model: id });
            }}
          />
        ) : (
          <Panel title="Behind the numbers">
            <Empty title="Nothing to look at yet">
              <p>Classes that are confused, and what captions and pictures find, are shown here with their pictures.</p>
            </Empty>
          </Panel>
        )}
        <ExportsPanel workspace={workspace} version={version} />
      </div>
    </div>
  );
}

function Tools() {
  return (
    <Button
      icon="play"
      onClick={() => {
        showForm('evaluate');
      }}
    >
      Evaluate…
    </Button>
  );
}

function NoEvaluations() {
  const ready = useWorkspace(({ summary }) => (summary?.runs.length ?? 0) > 0 || (summary?.datasets.length ?? 0) > 0);
  return (
    <Empty title="No evaluation yet">
      <p>
        {ready
          ? 'Measure a student beside its teacher: zero-shot, linear probe, k-NN or retrieval, on a dataset or on files.'
          : 'Import pictures first; then a teacher or a student can be measured on them.'}
      </p>
      {ready ? <FormButton form="evaluate" label="Evaluate…" /> : <FormButton form="import" label="Import data…" />}
    </Empty>
  );
}
