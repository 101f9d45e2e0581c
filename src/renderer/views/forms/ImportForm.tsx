/** @file Import: where pictures and captions lie, and the name of the dataset that they become. */

import { useState } from 'react';
import { importFormats } from '../../../preload/jobStart.ts';
import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Select } from '../../components/Select.tsx';
import { useDrop } from '../../components/useDrop.ts';
import { useForms } from '../../state/forms.ts';
import { baseName } from '../../state/format.ts';
import { checkImport, isSourceOf, suggestName, type ImportDraft } from '../../state/jobForms.ts';
import { attempt } from '../../state/session.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { JobForm } from './JobForm.tsx';

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
    return { sources, dataset: suggestName(sources, datasets), format: 'auto' };
  });
  /** A name that the person wrote stays. */
  const [named, setNamed] = useState(false);
  const change = (part: Partial<ImportDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const setSources = (sources: string[]): void => {
    change(named ? { sources } : { sources, dataset: suggestName(sources, datasets) });
  };
  const { job, problems } = checkImport(draft, datasets);
  const again = datasets.find((dataset) => dataset.name === draft.dataset && isSourceOf(draft.sources, dataset));
  return (
    <JobForm
      what="Registers pairs of picture and caption. The files stay where they are and are never changed."
      start="Import"
      job={job}
    >
      <Field label="Source" problem={problems.sources} group>
        {(control) => <Sources {...control} sources={draft.sources} onChange={setSources} />}
      </Field>
      <Field label="Format">
        {(control) => (
          <Select
            {...control}
            label="Format"
            value={draft.format}
            options={importFormats.map((value) => ({ value, label: formatLabels[value] }))}
            onChange={(format) => {
              change({ format });
            }}
          />
        )}
      </Field>
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

interface SourcesProps {
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
  sources: string[];
  onChange: (sources: string[]) => void;
}

function Sources({ sources, onChange, ...control }: SourcesProps) {
  const add = (more: string[]): void => {
    onChange([...new Set([...sources, ...more])]);
  };
  const choose = async (what: 'folder' | 'files'): Promise<void> => {
    add(await request('source.choose', { what }));
  };
  const { over, target } = useDrop(add);
  return (
    <div className="drop" data-over={over || undefined} data-invalid={control['aria-invalid'] || undefined} {...target}>
      {sources.length > 0 && (
        <ul className="drop-sources" aria-label="Sources">
          {sources.map((source) => (
            <li key={source}>
              <Icon name={/\.\w{1,8}$/.test(baseName(source)) ? 'file' : 'folder'} />
              <span className="truncate" title={source}>
                <bdi>{source}</bdi>
              </span>
              <IconButton
                icon="close"
                label={`Leave out ${baseName(source)}`}
                onClick={() => {
                  onChange(sources.filter((other) => other !== source));
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <div className="drop-actions">
        <Button
          icon="folder"
          {...control}
          onClick={() => {
            attempt(choose('folder'));
          }}
        >
          Choose folders…
        </Button>
        <Button
          icon="file"
          onClick={() => {
            attempt(choose('files'));
          }}
        >
          Choose files…
        </Button>
        <span className="muted">or drop them here</span>
      </div>
    </div>
  );
}
