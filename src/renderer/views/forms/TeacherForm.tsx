/** @file Add a teacher: a model on disk, or one of the Hugging Face hub, which is downloaded. */

import { useState } from 'react';
import { request } from '../../api/api.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { attempt } from '../../state/session.ts';
import { checkTeacher, suggestedTeacherName, type TeacherDraft } from '../../state/teacherForm.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { JobForm } from './JobForm.tsx';

/** As in docs/models.md, where their sizes are. */
const proposals = [
  { name: 'ViT-B-32', size: '0.6 GB', source: 'hf:laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K' },
  { name: 'ViT-L-14', size: '1.7 GB', source: 'hf:laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K' },
  { name: 'ViT-bigG-14', size: '10 GB', source: 'hf:laion/CLIP-ViT-bigG-14-laion2B-39B-b160k' },
] as const;

export function TeacherForm() {
  const workspace = useWorkspace((state) => state.id);
  const { value: known } = useAnswer('teachers.list', workspace === null ? null : { workspace });
  const [draft, setDraft] = useState<TeacherDraft>({ source: '', name: '' });
  const change = (part: Partial<TeacherDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const choose = async (): Promise<void> => {
    const source = await request('teacher.choose');
    if (source !== null) change({ source });
  };
  const { job, problems } = checkTeacher(draft, known ?? []);
  return (
    <JobForm
      what="Gives a CLIP model a name on this machine. One of the hub is downloaded first; stopped at any moment, it goes on there."
      start="Add"
      job={job}
    >
      <Field
        label="Model"
        problem={problems.source}
        hint="A folder of open_clip or transformers, a file of weights, or hf:ORGANISATION/MODEL of the Hugging Face hub."
      >
        {(control) => (
          <>
            <span className="field-row">
              <input
                {...control}
                className="input"
                spellCheck={false}
                placeholder="hf:laion/…, or a folder"
                value={draft.source}
                onChange={(event) => {
                  change({ source: event.target.value });
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
            <span className="field-chips" role="group" aria-label="Models of the hub">
              <span className="muted">From the hub</span>
              {proposals.map(({ name, size, source }) => (
                <button
                  key={name}
                  type="button"
                  className="chip"
                  title={source}
                  aria-pressed={draft.source === source}
                  onClick={() => {
                    change({ source });
                  }}
                >
                  {name} <span className="muted">{size}</span>
                </button>
              ))}
            </span>
          </>
        )}
      </Field>
      <Field label="Name" problem={problems.name} hint="How it is called in forms and commands.">
        {(control) => (
          <input
            {...control}
            className="input"
            spellCheck={false}
            placeholder={suggestedTeacherName(draft.source.trim())}
            value={draft.name}
            onChange={(event) => {
              change({ name: event.target.value });
            }}
          />
        )}
      </Field>
    </JobForm>
  );
}
