/** @file Cluster: how many clusters the kept pictures fall into. */

import { useState } from 'react';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { formatCount } from '../../state/format.ts';
import { checkCluster, imagesPerCluster, type ClusterDraft } from '../../state/jobForms.ts';
import { DatasetFields } from './DatasetFields.tsx';
import { JobForm } from './JobForm.tsx';
import { NumberField } from './parts.tsx';
import { firstChoice, useDatasets } from './useTeacher.ts';

const choices = [
  { value: 'auto', label: 'Automatic' },
  { value: 'number', label: 'A number' },
] as const;

export function ClusterForm() {
  const datasets = useDatasets();
  const [draft, setDraft] = useState<ClusterDraft>(() => ({ ...firstChoice(), auto: true, clusters: '' }));
  const change = (part: Partial<ClusterDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const dataset = datasets.find(({ name }) => name === draft.dataset);
  const images = dataset?.balance?.kept ?? dataset?.images ?? 0;
  const auto = Math.max(1, Math.round(images / imagesPerCluster));
  const { job, problems } = checkCluster(draft);
  return (
    <JobForm
      what="Spherical k-means on the pictures that balance kept. The centres are the classes of the cluster loss."
      start="Cluster"
      job={job}
    >
      <DatasetFields
        chosen={draft}
        problems={problems}
        onChange={(chosen) => {
          change(chosen);
        }}
      />
      <Field
        label="Clusters"
        group
        hint={
          draft.auto
            ? `About ${imagesPerCluster} images each, as in the paper: ${formatCount(auto)} for this dataset.`
            : undefined
        }
      >
        {() => (
          <Segments
            label="Clusters"
            value={draft.auto ? 'auto' : 'number'}
            options={choices}
            onChange={(value) => {
              change({ auto: value === 'auto' });
            }}
          />
        )}
      </Field>
      {!draft.auto && (
        <NumberField
          label="Number"
          value={draft.clusters}
          unit={`of ${formatCount(images)} images`}
          problem={problems.clusters}
          onChange={(clusters) => {
            change({ clusters });
          }}
        />
      )}
    </JobForm>
  );
}
