/** @file Import: where pictures and captions lie, what is there before anything is imported, and the name of the dataset. */

import './importForm.css';
import { useState } from 'react';
import { importFormats, noColumns, type ImportColumns } from '../../../preload/jobStart.ts';
import type { ImportPreview } from '../../../preload/contract.ts';
import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { useForms } from '../../state/forms.ts';
import { checkImport, isSourceOf, suggestName, type ImportDraft } from '../../state/jobForms.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { ImportSources } from './ImportSources.tsx';
import { JobForm } from './JobForm.tsx';
import { PreviewPane } from './PreviewPane.tsx';
import { usePreview } from './usePreview.ts';

const formatLabels: Record<(typeof importFormats)[number], string> = {
  auto: 'Found by itself',
  folder: 'Folder of pictures',
  webdataset: 'WebDataset (.tar)',
  zip: 'Zip of a folder',
  csv: 'Table (.csv, .tsv)',
  jsonl: 'JSON lines',
  parquet: 'Parquet',
  coco: 'COCO captions',
  embeddings: 'Embeddings (.npy, .npz)',
};

const noDatasets: never[] = [];

export function ImportForm() {
  const datasets = useWorkspace((state) => state.summary?.datasets ?? noDatasets);
  const [draft, setDraft] = useState<ImportDraft>(() => {
    const { sources } = useForms.getState();
    return { sources, dataset: suggestName(sources, datasets), format: 'auto', columns: noColumns };
  });
  /** A name that the person wrote stays. */
  const [named, setNamed] = useState(false);
  const change = (part: Partial<ImportDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const setSources = (sources: string[]): void => {
    const fresh = { sources, columns: noColumns };
    change(named ? fresh : { ...fresh, dataset: suggestName(sources, datasets) });
  };
  const look = usePreview(draft);
  const { job, problems } = checkImport(draft, datasets);
  const again = datasets.find((dataset) => dataset.name === draft.dataset && isSourceOf(draft.sources, dataset));
  const found = look.answer?.preview;
  return (
    <JobForm
      what="Registers pairs of picture and caption. The files stay where they are and are never changed."
      start="Import"
      job={job}
      aside={<PreviewPane look={look} />}
    >
      <Field label="Source" problem={problems.sources} group>
        {(control) => <ImportSources {...control} sources={draft.sources} onChange={setSources} />}
      </Field>
      <Field
        label="Format"
        hint={found && draft.format === 'auto' ? `It is: ${formatLabels[found.format]}.` : undefined}
      >
        {(control) => (
          <Select
            {...control}
            label="Format"
            value={draft.format}
            options={importFormats.map((value) => ({ value, label: formatLabels[value] }))}
            onChange={(format) => {
              change({ format, columns: noColumns });
            }}
          />
        )}
      </Field>
      {found && found.columnNames.length > 0 && (
        <Columns
          found={found}
          chosen={draft.columns}
          onChange={(columns) => {
            change({ columns });
          }}
        />
      )}
      <Field
        label="Dataset"
        problem={problems.dataset}
        hint={
          again ? `Goes on with ${again.name}: only what is new in its source is added.` : 'Its name in this workspace.'
        }
      >
        {(control) => (
          <input
            {...control}
            className="input"
            spellCheck={false}
            value={draft.dataset}
            onChange={(event) => {
              setNamed(event.target.value !== '');
              change({ dataset: event.target.value });
            }}
          />
        )}
      </Field>
    </JobForm>
  );
}

const roles = [
  { role: 'image', label: 'Picture column' },
  { role: 'caption', label: 'Caption column' },
  { role: 'label', label: 'Label column' },
] as const;

interface ColumnsProps {
  found: Pick<ImportPreview, 'columns' | 'columnNames'>;
  chosen: ImportColumns;
  onChange: (columns: ImportColumns) => void;
}

function Columns({ found, chosen, onChange }: ColumnsProps) {
  return roles.map(({ role, label }) => (
    <Field key={role} label={label}>
      {(control) => (
        <Select
          {...control}
          label={label}
          value={chosen[role] ?? ''}
          options={[
            {
              value: '',
              label:
                chosen[role] === null && found.columns[role] ? `${found.columns[role]} (found)` : 'Found by itself',
            },
            ...found.columnNames.map((name) => ({ value: name, label: name })),
          ]}
          onChange={(name) => {
            onChange({ ...chosen, [role]: name === '' ? null : name });
          }}
        />
      )}
    </Field>
  ));
}
