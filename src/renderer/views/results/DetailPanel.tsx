/** @file What stands behind the numbers of one model: classes and confusions, or what queries found. */

import { useState } from 'react';
import type { EvaluationRow } from '../../../preload/contract.ts';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Segments } from '../../components/Segments.tsx';
import type { ResultBlock } from '../../state/results.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { ConfusedPairs, ConfusionGrid, WeakestClasses } from './ClassDetail.tsx';
import { ImageQueries, TextQueries } from './RetrievalDetail.tsx';

const classTabs = [
  { value: 'confused', label: 'Confused pairs' },
  { value: 'classes', label: 'Weakest classes' },
  { value: 'grid', label: 'All classes' },
] as const;
const queryTabs = [
  { value: 'texts', label: 'Text to image' },
  { value: 'images', label: 'Image to text' },
] as const;

interface Props {
  workspace: string;
  block: ResultBlock;
  model: EvaluationRow;
  onModel: (evaluation: number) => void;
}

export function DetailPanel({ workspace, block, model, onModel }: Props) {
  const { value, failure } = useAnswer('evaluation.details', { workspace, evaluation: model.id });
  const details = value?.details;
  const [classTab, showClassTab] = useState<(typeof classTabs)[number]['value']>('confused');
  const [queryTab, showQueryTab] = useState<(typeof queryTabs)[number]['value']>('texts');
  const place = { workspace, evaluation: model.id };
  const models =
    block.models.length > 1 ? (
      <Segments
        label="Model"
        value={String(model.id)}
        options={block.models.map(({ id, model: label }) => ({ value: String(id), label }))}
        onChange={(id) => {
          onModel(Number(id));
        }}
      />
    ) : (
      <span className="muted">{model.model}</span>
    );
  return (
    <Panel title="Behind the numbers" tools={models}>
      {failure !== null ? (
        <Failure title="The details cannot be read" message={failure} />
      ) : details === undefined ? (
        <Loading what="details" />
      ) : details === null ? (
        <Empty title="Only the numbers were kept">
          <p>An earlier version made this evaluation. Evaluate again to see classes and examples.</p>
        </Empty>
      ) : details.kind === 'classes' ? (
        <div className="detail">
          <Segments
            label="Details"
            value={classTab}
            options={details.matrix ? classTabs : classTabs.slice(0, 2)}
            onChange={showClassTab}
          />
          {classTab === 'confused' && <ConfusedPairs place={place} details={details} />}
          {classTab === 'classes' && <WeakestClasses place={place} details={details} />}
          {classTab === 'grid' && details.matrix && <ConfusionGrid names={details.names} matrix={details.matrix} />}
        </div>
      ) : (
        <div className="detail">
          <Segments label="Details" value={queryTab} options={queryTabs} onChange={showQueryTab} />
          {queryTab === 'texts' ? (
            <TextQueries place={place} details={details} tested={model.tested} />
          ) : (
            <ImageQueries place={place} details={details} />
          )}
        </div>
      )}
    </Panel>
  );
}
