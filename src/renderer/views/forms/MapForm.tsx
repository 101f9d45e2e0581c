/** @file Map: how the pictures are laid out in two dimensions. */

import { useState } from 'react';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { checkMap, type MapDraft } from '../../state/jobForms.ts';
import { DatasetFields } from './DatasetFields.tsx';
import { JobForm } from './JobForm.tsx';
import { firstChoice } from './useTeacher.ts';

const methods = [
  { value: 'umap', label: 'UMAP' },
  { value: 'pca', label: 'Principal components' },
] as const;

const hints: Record<MapDraft['method'], string> = {
  umap: 'Shows which pictures belong together; distances between far groups mean little. Up to 20,000 pictures are laid out, others are placed among them.',
  pca: 'The two directions along which the vectors differ most: exact, fast, and coarse.',
};

export function MapForm() {
  const [draft, setDraft] = useState<MapDraft>(() => ({ ...firstChoice(), method: 'umap' }));
  const change = (part: Partial<MapDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const { job, problems } = checkMap(draft);
  return (
    <JobForm
      what="Two coordinates for each embedded picture, so that those that are alike lie near each other."
      start="Make the map"
      job={job}
    >
      <DatasetFields chosen={draft} problems={problems} onChange={change} />
      <Field label="Method" group hint={hints[draft.method]}>
        {() => (
          <Segments
            label="Method"
            value={draft.method}
            options={methods}
            onChange={(method) => {
              change({ method });
            }}
          />
        )}
      </Field>
    </JobForm>
  );
}
