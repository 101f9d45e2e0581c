/** @file Evaluate: which models, by which task, on which pictures. */

import { useState } from 'react';
import { evaluationTasks, suiteNames } from '../../../preload/resultJobs.ts';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import { baseName } from '../../state/format.ts';
import { checkEvaluate, firstDataset, type EvaluateDraft } from '../../state/resultForms.ts';
import { taskTitles } from '../../state/results.ts';
import { attempt } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { JobForm } from './JobForm.tsx';
import { ChoiceField } from './parts.tsx';
import { PathField } from './PathField.tsx';
import { useDatasets } from './useTeacher.ts';

const tasks = [
  ...evaluationTasks.map((value) => ({ value, label: taskTitles[value]! })),
  { value: 'suite', label: 'A suite of the paper' } as const,
];
const suiteLabels = { 'linear-probe': 'Linear probe, 14 sets', robustness: 'Zero-shot robustness, 5 sets' };
const precisions = [
  { value: 'fp32', label: 'float32' },
  { value: 'bf16', label: 'bfloat16' },
] as const;
const places = [
  { value: 'dataset', label: 'A dataset' },
  { value: 'files', label: 'Files' },
] as const;
const needs: Record<EvaluateDraft['task'], string> = {
  'zero-shot': 'Names each picture by prompts. The pictures need labels.',
  'linear-probe': 'Trains a linear classifier on the features. The pictures need labels.',
  'k-nn': 'The nearest pictures vote. The pictures need labels.',
  retrieval: 'Captions find pictures and pictures captions. The pictures need captions.',
  suite: 'All sets of a suite that are in one folder, and their average.',
};
const noRuns: never[] = [];

export function EvaluateForm() {
  const workspace = useWorkspace((state) => state.id);
  const runs = useWorkspace((state) => state.summary?.runs ?? noRuns).filter(({ state }) => state !== 'failed');
  const datasets = useDatasets();
  const { value: known } = useAnswer('teachers.list', workspace === null ? null : { workspace });
  const [draft, setDraft] = useState<EvaluateDraft>(() => ({
    ...{ task: 'zero-shot', suite: 'robustness', runs: runs.slice(0, 1).map(({ id }) => id), models: [] },
    ...{ on: 'dataset', source: '', root: '', classnames: '', templates: '', precision: 'fp32' },
    dataset: firstDataset(datasets, currentDataset(useWorkspace.getState())?.name ?? ''),
  }));
  const change = (part: Partial<EvaluateDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const choose = async (): Promise<void> => {
    const model = await request('result.choose', { what: 'model', name: null, endings: [] });
    if (model !== null && !draft.models.includes(model)) change({ models: [...draft.models, model] });
  };
  const teachers = known ?? [];
  const others = draft.models.filter((model) => !teachers.some(({ reference }) => reference === model));
  const { job, problems } = checkEvaluate(draft);
  return (
    <JobForm
      what="Measures models on pictures that have labels or captions. Several models stand side by side."
      start="Evaluate"
      job={job}
    >
      <Field label="Task" hint={needs[draft.task]}>
        {(control) => (
          <Select
            {...control}
            label="Task"
            value={draft.task}
            options={tasks}
            onChange={(task) => {
              change({ task });
            }}
          />
        )}
      </Field>
      <Field label="Models" group problem={problems.models} hint="The last checkpoint of a run; teachers beside it.">
        {() => (
          <ul className="field-checks">
            {runs.slice(0, 8).map(({ id, student }) => (
              <Check
                key={id}
                label={`${id} (${student})`}
                checked={draft.runs.includes(id)}
                onChange={(on) => {
                  change({ runs: on ? [...draft.runs, id] : draft.runs.filter((one) => one !== id) });
                }}
              />
            ))}
            {[
              ...teachers.map(({ reference, name }) => ({ reference, name })),
              ...others.map((model) => ({ reference: model, name: baseName(model) })),
            ].map(({ reference, name }) => (
              <Check
                key={reference}
                label={name}
                title={reference}
                checked={draft.models.includes(reference)}
                onChange={(on) => {
                  change({
                    models: on ? [...draft.models, reference] : draft.models.filter((one) => one !== reference),
                  });
                }}
              />
            ))}
            <li>
              <Button
                icon="folder"
                onClick={() => {
                  attempt(choose());
                }}
              >
                Another model…
              </Button>
            </li>
          </ul>
        )}
      </Field>
      {draft.task === 'suite' ? (
        <SuiteFields draft={draft} problem={problems.root} onChange={change} />
      ) : (
        <DataFields draft={draft} datasets={datasets.map(({ name }) => name)} problems={problems} onChange={change} />
      )}
      <Field label="Precision" group>
        {() => (
          <Segments
            label="Precision"
            value={draft.precision}
            options={precisions}
            onChange={(precision) => {
              change({ precision });
            }}
          />
        )}
      </Field>
    </JobForm>
  );
}

interface CheckProps {
  label: string;
  title?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Check({ label, title, checked, onChange }: CheckProps) {
  return (
    <li>
      <label className="field-check" title={title}>
        <input
          type="checkbox"
          checked={checked}
          onChange={(event) => {
            onChange(event.target.checked);
          }}
        />
        <span className="truncate">{label}</span>
      </label>
    </li>
  );
}

interface PartProps {
  draft: EvaluateDraft;
  onChange: (part: Partial<EvaluateDraft>) => void;
}

function SuiteFields({ draft, problem, onChange }: PartProps & { problem: string | undefined }) {
  return (
    <>
      <Field label="Suite">
        {(control) => (
          <Select
            {...control}
            label="Suite"
            value={draft.suite}
            options={suiteNames.map((value) => ({ value, label: suiteLabels[value] }))}
            onChange={(suite) => {
              onChange({ suite });
            }}
          />
        )}
      </Field>
      <PathField
        label="Folder of all sets"
        value={draft.root}
        what="root"
        placeholder="/data"
        hint="Each set in a folder of its name, e.g. imagenetv2; those that are missing are left out and named."
        problem={problem}
        onChange={(root) => {
          onChange({ root });
        }}
      />
    </>
  );
}

interface DataProps extends PartProps {
  datasets: string[];
  problems: Partial<Record<'dataset' | 'source' | 'classnames' | 'templates', string>>;
}

function DataFields({ draft, datasets, problems, onChange }: DataProps) {
  return (
    <>
      <Field label="Pictures" group>
        {() => (
          <Segments
            label="Pictures"
            value={draft.on}
            options={places}
            onChange={(on) => {
              onChange({ on });
            }}
          />
        )}
      </Field>
      {draft.on === 'dataset' ? (
        <ChoiceField
          label="Dataset"
          value={draft.dataset}
          values={datasets}
          problem={problems.dataset}
          onChange={(dataset) => {
            onChange({ dataset });
          }}
        />
      ) : (
        <PathField
          label="Folder or file"
          value={draft.source}
          what="data-folder"
          also="data-file"
          placeholder="/data/pets"
          hint="Class folders, WebDataset, CIFAR, STL-10 or IDX files, or a table with labels or captions."
          problem={problems.source}
          onChange={(source) => {
            onChange({ source });
          }}
        />
      )}
      {draft.task === 'zero-shot' && (
        <details className="job-more">
          <summary>Names of the classes, prompts</summary>
          <div className="job-fields">
            <PathField
              label="Class names"
              value={draft.classnames}
              what="names"
              placeholder="those of the data"
              hint="A .txt with a name a line, a .json, or the word imagenet or imagenet-subset."
              problem={problems.classnames}
              onChange={(classnames) => {
                onChange({ classnames });
              }}
            />
            <PathField
              label="Prompts"
              value={draft.templates}
              what="names"
              placeholder="five short ones"
              hint="A .txt or .json with {} for the name, or the word imagenet."
              problem={problems.templates}
              onChange={(templates) => {
                onChange({ templates });
              }}
            />
          </div>
        </details>
      )}
    </>
  );
}
