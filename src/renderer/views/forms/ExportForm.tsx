/** @file Export: data, a student or results, with a look at what will be written where. */

import { useState } from 'react';
import type { ExportPreview } from '../../../preload/contract.ts';
import { exportKinds, type ExportJob, type ExportWhat } from '../../../preload/resultJobs.ts';
import { Field } from '../../components/Field.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Select } from '../../components/Select.tsx';
import { formatBytes, formatCount } from '../../state/format.ts';
import {
  checkExport,
  endingsOf,
  firstDataset,
  ofSamples,
  suggestedName,
  type ExportDraft,
} from '../../state/resultForms.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { JobForm } from './JobForm.tsx';
import { ChoiceField, NumberField } from './parts.tsx';
import { PathField } from './PathField.tsx';
import { useDatasets } from './useTeacher.ts';

const labels: Record<ExportWhat, string> = {
  webdataset: 'Pictures and captions as WebDataset shards',
  folder: 'Pictures and captions as a folder of links',
  manifest: 'A table of paths and captions (open_clip, pandas)',
  files: 'A list of picture files (rsync, xargs)',
  uids: 'Uids for the resharder of DataComp',
  groups: 'Groups of duplicates, a row a sample',
  clusters: 'Clusters, a row a sample',
  quality: 'Quality flags, a row a sample',
  student: 'The student of a run',
  metrics: 'All metrics of a run',
  evaluations: 'All evaluations',
};
const whichLabels = [
  { value: 'kept', label: 'Kept' },
  { value: 'removed', label: 'Removed' },
  { value: 'all', label: 'All' },
] as const;
const formats = [
  { value: 'open_clip', label: 'open_clip' },
  { value: 'transformers', label: 'transformers' },
] as const;
const noRuns: never[] = [];

export function ExportForm() {
  const datasets = useDatasets();
  const runs = useWorkspace((state) => state.summary?.runs ?? noRuns);
  const [draft, setDraft] = useState<ExportDraft>(() => ({
    ...{ what: datasets.length > 0 ? 'webdataset' : 'evaluations', run: runs[0]?.id ?? '', out: '', which: 'kept' },
    ...{ copy: false, hashes: false, shardSamples: '', format: 'open_clip' },
    dataset: firstDataset(datasets, currentDataset(useWorkspace.getState())?.name ?? ''),
  }));
  const change = (part: Partial<ExportDraft>): void => {
    setDraft((before) => ({ ...before, ...part }));
  };
  const { job, problems } = checkExport(draft);
  const exporting = job?.kind === 'export' ? job : null;
  const { preview, problem, looking } = usePreview(exporting);
  const of = exportKinds[draft.what];
  const endings = endingsOf(draft.what);
  return (
    <JobForm
      what="Writes files that other tools read. Nothing of yours is overwritten: only what an export made, or what is named below."
      start="Export"
      job={problem === null ? job : null}
    >
      <Field label="What">
        {(control) => (
          <Select
            {...control}
            label="What"
            value={draft.what}
            options={(Object.keys(labels) as ExportWhat[]).map((value) => ({ value, label: labels[value] }))}
            onChange={(what) => {
              // another kind of place
              change({ what, out: '' });
            }}
          />
        )}
      </Field>
      {of === 'dataset' && (
        <ChoiceField
          label="Dataset"
          value={draft.dataset}
          values={datasets.map(({ name }) => name)}
          problem={problems.dataset}
          onChange={(dataset) => {
            change({ dataset });
          }}
        />
      )}
      {of === 'run' && (
        <ChoiceField
          label="Run"
          value={draft.run}
          values={runs.map(({ id }) => id)}
          problem={problems.run}
          onChange={(run) => {
            change({ run });
          }}
        />
      )}
      <OwnFields draft={draft} problem={problems.shardSamples} onChange={change} />
      <PathField
        label={endings.length === 0 ? 'Folder' : 'File'}
        value={draft.out}
        what={endings.length === 0 ? 'new-folder' : 'new-file'}
        name={suggestedName(draft)}
        endings={endings}
        hint={
          endings.length === 0
            ? 'A new or an empty folder, or one of an earlier export.'
            : `Ends in ${endings.map((one) => `.${one}`).join(', ')}.`
        }
        problem={problems.out ?? problem ?? undefined}
        onChange={(out) => {
          change({ out });
        }}
      />
      <PreviewBox preview={preview} looking={looking} />
    </JobForm>
  );
}

/** What the export would write; asked for again with every change of the job. */
function usePreview(job: ExportJob | null) {
  const workspace = useWorkspace((state) => state.id);
  const { value, failure } = useAnswer(
    'export.preview',
    workspace === null || job === null ? null : { workspace, job },
  );
  return {
    preview: value?.preview ?? null,
    problem: value?.problem ?? failure,
    looking: job !== null && value === null && failure === null,
  };
}

interface OwnProps {
  draft: ExportDraft;
  problem: string | undefined;
  onChange: (part: Partial<ExportDraft>) => void;
}

function OwnFields({ draft, problem, onChange }: OwnProps) {
  const { what, which, format, copy, hashes, shardSamples } = draft;
  return (
    <>
      {ofSamples.includes(what) && (
        <Field label="Samples" group>
          {() => (
            <Segments
              label="Samples"
              value={which}
              options={whichLabels}
              onChange={(value) => {
                onChange({ which: value });
              }}
            />
          )}
        </Field>
      )}
      {what === 'webdataset' && (
        <NumberField
          label="Shards of"
          value={shardSamples}
          placeholder="10,000"
          unit="samples"
          problem={problem}
          onChange={(value) => {
            onChange({ shardSamples: value });
          }}
        />
      )}
      {what === 'folder' && (
        <Switch
          label="Copies"
          text="Copy the pictures in place of hard links"
          checked={copy}
          onChange={(value) => {
            onChange({ copy: value });
          }}
        />
      )}
      {what === 'uids' && (
        <Switch
          label="Hashes"
          text="Take the hash of each picture, where there are no uids"
          checked={hashes}
          onChange={(value) => {
            onChange({ hashes: value });
          }}
        />
      )}
      {what === 'student' && (
        <Field label="Format" group>
          {() => (
            <Segments
              label="Format"
              value={format}
              options={formats}
              onChange={(value) => {
                onChange({ format: value });
              }}
            />
          )}
        </Field>
      )}
    </>
  );
}

interface SwitchProps {
  label: string;
  text: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Switch({ label, text, checked, onChange }: SwitchProps) {
  return (
    <Field label={label} group>
      {() => (
        <label className="field-check">
          <input
            type="checkbox"
            checked={checked}
            onChange={(event) => {
              onChange(event.target.checked);
            }}
          />
          <span>{text}</span>
        </label>
      )}
    </Field>
  );
}

function PreviewBox({ preview, looking }: { preview: ExportPreview | null; looking: boolean }) {
  return (
    <section className="export-preview" aria-label="What will be written" aria-live="polite">
      <h3>What will be written</h3>
      {preview ? (
        <PreviewFacts preview={preview} />
      ) : (
        <p className="field-note">{looking ? 'Counting…' : 'Shown here once all fields are filled in.'}</p>
      )}
    </section>
  );
}

const shownNames = 6;

function PreviewFacts({ preview }: { preview: ExportPreview }) {
  const { rows, shards, bytes, exact, skipped, folder, files, fileCount, replaces, goesOn } = preview;
  const facts = [
    ...(rows === null ? [] : [`${formatCount(rows)} rows`]),
    ...(shards === null ? [] : [`${formatCount(shards)} ${shards === 1 ? 'shard' : 'shards'}`]),
    ...(folder ? [`${formatCount(fileCount)} files`] : []),
    ...(bytes === null ? [] : [`${exact ? '' : 'about '}${formatBytes(bytes)}`]),
    ...(skipped > 0 ? [`${formatCount(skipped)} left out, without a picture of their own`] : []),
  ];
  const list = (names: readonly string[], total: number): string =>
    [
      ...names.slice(0, shownNames),
      ...(total > shownNames ? [`and ${formatCount(total - shownNames)} more`] : []),
    ].join(', ');
  return (
    <>
      <p className="selectable">{facts.join(' · ')}</p>
      {folder && fileCount > 0 && <p className="field-note mono">{list(files, fileCount)}</p>}
      {goesOn && (
        <p className="field-note">An export of the same samples lies there: it goes on, and what is whole stays.</p>
      )}
      {replaces.length > 0 && (
        <p className="export-replaces" role="note">
          Replaces {list(replaces, replaces.length)}
        </p>
      )}
    </>
  );
}
