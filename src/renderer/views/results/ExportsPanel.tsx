/** @file What was exported from this workspace: where it lies, and how to load it. */

import type { DoneExport } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { Button, IconButton } from '../../components/Button.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { formatAge } from '../../state/format.ts';
import { showForm } from '../../state/forms.ts';
import { attempt, notify } from '../../state/session.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { useWorkspace } from '../../state/workspace.ts';

const none: string[] = [];

export function ExportsPanel({ workspace, version }: { workspace: string; version: string }) {
  const { value: exports, failure } = useAnswer('exports.list', { workspace }, version);
  return (
    <Panel
      title="Exports"
      tools={
        <Button
          icon="export"
          onClick={() => {
            showForm('export');
          }}
        >
          Export…
        </Button>
      }
    >
      {failure !== null ? (
        <Failure title="The exports cannot be read" message={failure} />
      ) : !exports ? (
        <Loading what="exports" />
      ) : exports.length === 0 ? (
        <NoExports workspace={workspace} />
      ) : (
        <ul className="exports" tabIndex={0} aria-label="Exports">
          {exports.map((one) => (
            <Export key={one.job} workspace={workspace} made={one} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** What a pipeline wrote lies in the workspace and was exported by no job. */
function NoExports({ workspace }: { workspace: string }) {
  const files = useWorkspace((state) => state.summary?.exports ?? none);
  if (files.length === 0) {
    return (
      <Empty title="Nothing exported yet">
        <p>Kept pairs for training elsewhere, the student for open_clip or transformers, tables of results.</p>
      </Empty>
    );
  }
  return (
    <Empty title="Exported by the pipeline">
      <p>{files.join(', ')}, in the folder export of the workspace.</p>
      <Button
        icon="folder"
        onClick={() => {
          attempt(request('workspace.show', { workspace, what: 'folder' }));
        }}
      >
        Open the workspace
      </Button>
    </Empty>
  );
}

function Export({ workspace, made }: { workspace: string; made: DoneExport }) {
  const { job, what, path, there, finishedAt, snippet } = made;
  const copy = async (text: string): Promise<void> => {
    await request('clipboard.write', { text });
    notify('info', 'Copied.');
  };
  return (
    <li>
      <div className="export-head">
        <strong>{what}</strong>
        <span className="truncate mono selectable" title={path}>
          {path}
        </span>
        <span className="muted">{there ? formatAge(finishedAt) : 'not there any more'}</span>
        {there && (
          <IconButton
            icon="folder"
            label={`Show ${what} in its folder`}
            onClick={() => {
              attempt(request('export.show', { workspace, job }));
            }}
          />
        )}
      </div>
      {there && snippet !== null && (
        <div className="export-snippet">
          <pre className="mono selectable">{snippet}</pre>
          <IconButton
            icon="copy"
            label={`Copy how to load ${what}`}
            onClick={() => {
              attempt(copy(snippet));
            }}
          />
        </div>
      )}
    </li>
  );
}
