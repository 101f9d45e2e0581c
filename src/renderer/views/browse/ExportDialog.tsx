/** @file Exports the selected pictures, or all that pass, as a job of the command line. */

import { useEffect, useRef, useState } from 'react';
import type { BrowseExport, Dataset } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { pictures, showExport, useBrowse } from '../../state/browse.ts';
import { attempt, notify } from '../../state/session.ts';
import { countOf } from '../../state/spans.ts';
import { startJob } from '../../state/workspace.ts';

const kinds: { value: BrowseExport; label: string; ending: string; hint: string }[] = [
  {
    value: 'manifest',
    label: 'Table of paths and captions',
    ending: '.csv',
    hint: '.csv, .tsv, .jsonl or .parquet, as open_clip reads it.',
  },
  { value: 'files', label: 'List of files', ending: '.txt', hint: 'One path a line, for rsync and xargs.' },
  {
    value: 'folder',
    label: 'Folder of pictures',
    ending: '',
    hint: 'Hard links where the disk allows them, with captions beside them.',
  },
  { value: 'webdataset', label: 'WebDataset shards', ending: '', hint: 'Tar files of 10,000 samples each.' },
];

export function ExportDialog({ dataset }: { dataset: Dataset }) {
  const open = useBrowse((state) => state.exporting);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const hide = (): void => {
    showExport(false);
  };
  return (
    <dialog ref={dialog} className="dialog job-dialog" aria-labelledby="browse-export-title" onClose={hide}>
      <header>
        <h2 id="browse-export-title">Export pictures</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      {open && <ExportForm dataset={dataset} />}
    </dialog>
  );
}

function ExportForm({ dataset }: { dataset: Dataset }) {
  const list = useBrowse((state) => state.list);
  const selected = useBrowse((state) => state.selected);
  const workspace = useBrowse((state) => state.workspace);
  const [what, setWhat] = useState<BrowseExport>('manifest');
  const [out, setOut] = useState<string | null>(null);
  const kind = kinds.find(({ value }) => value === what)!;
  if (!list || workspace === null) return null;
  const spans = selected.length > 0 ? [...selected] : [{ from: 0, to: list.total }];

  const choose = async (): Promise<void> => {
    const chosen = await request('export.choose', { what, name: `${dataset.name}-selection${kind.ending}` });
    if (chosen !== null) setOut(chosen);
  };
  const start = async (): Promise<void> => {
    if (out === null) return;
    const { file } = await request('browse.selection', { workspace, list: list.id, spans });
    await startJob({ kind: 'export-samples', what, dataset: dataset.name, samples: file, out });
    showExport(false);
    notify('info', `Exporting ${pictures(countOf(spans))} to ${out}`);
  };
  return (
    <form
      className="job-form"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(out === null ? choose() : start());
      }}
    >
      <div className="job-fields">
        <p>
          <strong>{pictures(countOf(spans))}</strong>
          <span className="muted">{selected.length > 0 ? ', as selected' : ', all that pass the filter'}</span>
        </p>
        <Field label="As" hint={kind.hint}>
          {(props) => (
            <Select
              {...props}
              label="As"
              value={what}
              options={kinds}
              onChange={(value) => {
                setWhat(value);
                setOut(null);
              }}
            />
          )}
        </Field>
        <Field label="To" group hint={out === null ? 'Nothing is written before you start.' : undefined}>
          {() => (
            <div className="field-row">
              <Button
                icon="folder"
                onClick={() => {
                  attempt(choose());
                }}
              >
                Choose…
              </Button>
              <span className="truncate selectable" title={out ?? ''}>
                {out ?? ''}
              </span>
            </div>
          )}
        </Field>
      </div>
      <footer>
        <Button
          onClick={() => {
            showExport(false);
          }}
        >
          Not now
        </Button>
        <Button kind="primary" type="submit" disabled={out === null}>
          Export
        </Button>
      </footer>
    </form>
  );
}
