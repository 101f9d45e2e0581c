/** @file Embed: which dataset, by which teacher. */

import { useState } from 'react';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { useAnswer } from '../../state/useAnswer.ts';
import { showForm } from '../../state/forms.ts';
import { checkEmbed, type EmbedDraft } from '../../state/jobForms.ts';
import { attempt } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { JobForm } from './JobForm.tsx';
import { ChoiceField } from './parts.tsx';

const precisions = [
  { value: 'fp32', label: 'float32' },
  { value: 'bf16', label: 'bfloat16' },
] as const;

const noDatasets: never[] = [];

export function EmbedForm() {
  const workspace = useWorkspace((state) => state.id);
  const datasets = useWorkspace((state) => state.summary?.datasets ?? noDatasets);
  const current = useWorkspace((state) => currentDataset(state)?.name ?? '');
  const [edited, setEdited] = useState<Partial<EmbedDraft>>({});
  const { value: known } = useAnswer('teachers.list', workspace === null ? null : { workspace });
  // the teacher that was used last, the bundled one before the first
  const usable = known?.filter(({ problem }) => problem === null);
  const usual = usable?.find(({ latest }) => latest) ?? usable?.[0];
  const proposed = { dataset: current, teacher: usual?.reference ?? '', precision: 'fp32' } as const;
  const draft: EmbedDraft = { ...proposed, ...edited };
  const change = (part: Partial<EmbedDraft>): void => {
    setEdited((before) => ({ ...before, ...part }));
  };
  const choose = async (): Promise<void> => {
    const teacher = await request('teacher.choose');
    if (teacher !== null) change({ teacher });
  };
  const { job, problems } = checkEmbed(draft, datasets);
  return (
    <JobForm
      what="Gives each picture and caption its vector under a teacher, a CLIP model. Stopped at any moment, it goes on there."
      start="Embed"
      job={job}
    >
      <ChoiceField
        label="Dataset"
        value={draft.dataset}
        values={datasets.map(({ name }) => name)}
        problem={problems.dataset}
        onChange={(dataset) => {
          change({ dataset });
        }}
      />
      <Field
        label="Teacher"
        problem={problems.teacher}
        hint="A teacher of this machine by its name; a folder of open_clip or transformers; or a file of weights with its configuration beside it."
      >
        {(control) => (
          <>
            <span className="field-row">
              <input
                {...control}
                className="input"
                spellCheck={false}
                placeholder="/models/ViT-bigG-14"
                value={draft.teacher}
                onChange={(event) => {
                  change({ teacher: event.target.value });
                }}
              />
              <Button
                icon="folder"
                onClick={() => {
                  attempt(choose());
                }}
              >
                Choose…
              </Button>
            </span>
            {known && (
              <span className="field-chips" role="group" aria-label="Teachers at hand">
                <span className="muted">At hand</span>
                {known.map(({ reference, name, problem }) => (
                  <button
                    key={reference}
                    type="button"
                    className="chip"
                    title={problem ?? reference}
                    disabled={problem !== null}
                    aria-pressed={draft.teacher === reference}
                    onClick={() => {
                      change({ teacher: reference });
                    }}
                  >
                    {name}
                  </button>
                ))}
                <button
                  type="button"
                  className="chip"
                  onClick={() => {
                    showForm('teacher');
                  }}
                >
                  Add another…
                </button>
              </span>
            )}
          </>
        )}
      </Field>
      <Field label="Precision" hint="bfloat16 computes faster where the machine has it; vectors differ slightly." group>
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
