/** @file Distil: student, losses and schedule, by presets, with what it will take. */

import './distillForm.css';
import { useEffect, useState } from 'react';
import type { DistillFormFacts } from '../../../preload/contract.ts';
import { distillPresets, type DistillPreset } from '../../../preload/distillJob.ts';
import { Field } from '../../components/Field.tsx';
import { Failure, Loading } from '../../components/Panel.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import {
  checkDistill,
  forgetStart,
  millions,
  textsOf,
  useDistillStart,
  type DistillDraft,
  type Setting,
} from '../../state/distillForm.ts';
import { formatCount } from '../../state/format.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { DatasetFields } from './DatasetFields.tsx';
import { JobForm } from './JobForm.tsx';
import { DistillEstimate } from './DistillEstimate.tsx';
import { Numeric, Switch, type FieldsProps } from './distillFields.tsx';
import { DistillMore } from './DistillMore.tsx';
import { firstChoice, useDatasets } from './useTeacher.ts';

const presetLabels: Record<DistillPreset, string> = { paper: 'Paper', workstation: 'Workstation', quick: 'Quick' };
const presetHints: Record<DistillPreset, string> = {
  paper: 'Every value that the paper prints; the rest are the defaults.',
  workstation:
    'For one GPU or many cores and up to a million pairs: smaller batches and a rate to match. Our choice, not tuned.',
  quick:
    'A trial of minutes: 200 steps. It shows that everything fits together; the student is not worth an evaluation.',
};

const stages =
  'Trains a student on the pairs that balance kept, with the losses of CLIP-CID. Stopped at any moment, it goes on from there.';

/** A run that was stopped goes on by `Continue` in the view of runs; this form always makes a new one. */
function whatItDoes(): string {
  const { start } = useDistillStart.getState();
  if (!start) return stages;
  const { run, checkpoint } = start;
  const state = useWorkspace.getState().summary?.runs.find(({ id }) => id === run)?.state;
  const toGoOn = state === 'done' ? '' : ` To go on with ${run} itself, press Continue in Runs.`;
  if (!checkpoint) return `A new run with the settings of ${run}.${toGoOn}`;
  const from = `the weights of ${run} after step ${formatCount(checkpoint.step)}`;
  return `A new run that starts with ${from}: its steps, its rate and its optimiser start anew.${toGoOn}`;
}

export function DistillForm() {
  const workspace = useWorkspace((state) => state.id);
  const { value: facts, failure } = useAnswer('distill.form', workspace === null ? null : { workspace });
  if (failure !== null) return <Failure title="The form cannot be made" message={failure} />;
  if (!facts || workspace === null) return <Loading what="the form" />;
  return <Filled facts={facts} workspace={workspace} />;
}

function firstDraft(facts: DistillFormFacts): DistillDraft {
  const { start } = useDistillStart.getState();
  const first = firstChoice();
  if (start) {
    return {
      student: start.student,
      dataset: start.dataset ?? first.dataset,
      teacher: start.teacher ?? first.teacher,
      preset: null,
      texts: textsOf(start.values),
    };
  }
  return { ...first, student: 'tiny-64-small', preset: 'quick', texts: textsOf(facts.presets.quick) };
}

function Filled({ facts, workspace }: { facts: DistillFormFacts; workspace: string }) {
  const [draft, setDraft] = useState<DistillDraft>(() => firstDraft(facts));
  const change = (part: Partial<DistillDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const set = (name: Setting, text: string | boolean): void => {
    setDraft((before) => ({ ...before, texts: { ...before.texts, [name]: text } }));
  };
  const [what] = useState(whatItDoes);
  // the next form is one of its own
  useEffect(() => forgetStart, []);
  const datasets = useDatasets();
  const clustered = datasets.find(({ name }) => name === draft.dataset)?.clustering;
  const checked = checkDistill(draft, facts);
  const { job, problems } = checked;
  const known = facts.students.some(({ name }) => name === draft.student);
  const fields: FieldsProps = { draft, problems, set };
  return (
    <JobForm what={what} start="Distil" job={job}>
      <Field label="Preset" hint={draft.preset === null ? 'As the run had it.' : presetHints[draft.preset]} group>
        {() => (
          <Segments
            label="Preset"
            value={draft.preset ?? ''}
            options={distillPresets.map((value) => ({ value, label: presetLabels[value] }))}
            onChange={(value) => {
              const preset = value as DistillPreset;
              change({ preset, texts: textsOf(facts.presets[preset]) });
            }}
          />
        )}
      </Field>
      <DatasetFields chosen={draft} problems={problems} onChange={change} />
      <Field label="Student" problem={problems.student}>
        {(control) => (
          <Select
            {...control}
            label="Student"
            value={draft.student}
            options={[
              ...(known ? [] : [{ value: draft.student, label: draft.student }]),
              ...facts.students.map(({ name, parameters, imageSize }) => ({
                value: name,
                label: `${name}, ${millions(parameters)} parameters, ${imageSize} px`,
              })),
            ]}
            onChange={(student) => {
              change({ student });
            }}
          />
        )}
      </Field>
      <Field
        label="Losses"
        problem={problems.base}
        hint={
          draft.texts.cluster === true && !clustered
            ? 'The cluster loss needs clusters, and the dataset has none yet.'
            : undefined
        }
        group
      >
        {() => (
          <span className="field-chips" role="group" aria-label="Losses">
            {(['base', 'cluster', 'instance'] as const).map((name) => (
              <Switch key={name} {...fields} name={name} label={name} />
            ))}
          </span>
        )}
      </Field>
      <div className="distill-pairs">
        <Numeric {...fields} name="epochs" label="Epochs" />
        <Numeric {...fields} name="maxSteps" label="Steps at most" placeholder="no limit" />
        <Numeric {...fields} name="batch" label="Batch" unit="pairs" />
        <Numeric {...fields} name="microBatch" label="Micro-batch" placeholder="the batch" />
        <Numeric {...fields} name="lr" label="Learning rate" />
        <Numeric {...fields} name="warmup" label="Warm-up" unit="steps" />
      </div>
      <Field label="Precision" group>
        {() => (
          <Segments
            label="Precision"
            value={draft.texts.precision as 'fp32' | 'bf16'}
            options={[
              { value: 'fp32', label: 'float32' },
              { value: 'bf16', label: 'bfloat16' },
            ]}
            onChange={(precision) => {
              set('precision', precision);
            }}
          />
        )}
      </Field>
      <DistillMore {...fields} />
      <DistillEstimate workspace={workspace} draft={draft} values={checked.values} />
    </JobForm>
  );
}
