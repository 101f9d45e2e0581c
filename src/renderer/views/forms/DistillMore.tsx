/** @file What most runs leave as it is: weights of the losses, optimiser, checkpoints. */

import { klOrders, reductions, schedules } from '../../../preload/distillJob.ts';
import { Field } from '../../components/Field.tsx';
import { Choice, Numeric, Switch, type FieldsProps } from './distillFields.tsx';

export function DistillMore(fields: FieldsProps) {
  const { draft, problems, set } = fields;
  const wrong = (
    [
      'alpha',
      'gamma',
      'tau',
      'centresLr',
      'weightDecay',
      'clusterLogitScale',
      'negativeRate',
      'seed',
      'checkpointEvery',
      'init',
    ] as const
  ).some((name) => problems[name] !== undefined);
  return (
    <details className="job-more" open={wrong || draft.texts.init !== '' || undefined}>
      <summary>Weights of the losses, optimiser, start, checkpoints</summary>
      <div className="job-fields">
        <div className="distill-pairs">
          <Numeric {...fields} name="alpha" label="Alpha" />
          <Numeric {...fields} name="gamma" label="Gamma" />
          <Numeric {...fields} name="tau" label="Tau" />
          <Numeric {...fields} name="clusterLogitScale" label="Label scale" />
          <Numeric {...fields} name="negativeRate" label="Negative rate" />
          <Numeric {...fields} name="centresLr" label="Rate of W" />
          <Numeric {...fields} name="weightDecay" label="Weight decay" />
          <Numeric {...fields} name="seed" label="Seed" />
          <Choice {...fields} name="schedule" label="Schedule" values={schedules} />
          <Choice {...fields} name="kl" label="Divergence" values={klOrders} />
          <Choice {...fields} name="reduction" label="Reduction" values={reductions} />
          <Numeric {...fields} name="checkpointEvery" label="Checkpoint" unit="steps" />
        </div>
        <Field label="Switches" group>
          {() => (
            <span className="field-chips" role="group" aria-label="Switches">
              <Switch {...fields} name="augment" label="random crops" />
              <Switch {...fields} name="learnTau" label="learn tau" />
              <Switch {...fields} name="normaliseCentres" label="normalise W" />
              <Switch {...fields} name="all" label="all pairs, removed ones too" />
            </span>
          )}
        </Field>
        <Field
          label="Start from"
          problem={problems.init}
          hint="Folder or file of an open_clip model; empty: random weights."
        >
          {(control) => (
            <input
              {...control}
              className="input"
              spellCheck={false}
              placeholder="random weights"
              value={String(draft.texts.init)}
              onChange={(event) => {
                set('init', event.target.value);
              }}
            />
          )}
        </Field>
      </div>
    </details>
  );
}
