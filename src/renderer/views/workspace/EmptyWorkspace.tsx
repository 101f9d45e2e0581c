/** @file A workspace without anything in it: the ways to begin. */

import './emptyWorkspace.css';
import type { WorkspaceInfo } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { CommandLine } from '../../components/CommandLine.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { shellWord } from '../../state/commandLine.ts';
import { showForm } from '../../state/forms.ts';
import { attempt } from '../../state/session.ts';
import { startConfig, startJob } from '../../state/workspace.ts';

export function EmptyWorkspace({ workspace }: { workspace: WorkspaceInfo }) {
  return (
    <div className="begin">
      <div>
        <h2>This workspace is empty</h2>
        <p className="muted">
          Run the demo to see the whole pipeline on real photographs: it imports 542 pictures, embeds them with the
          bundled teacher, removes the duplicates, clusters what is left, distils a student and evaluates it.
        </p>
        <div className="begin-actions">
          <Button
            kind="primary"
            icon="play"
            keys={keysOf('job.start')}
            onClick={() => {
              attempt(startJob({ kind: 'demo', quick: true }));
            }}
          >
            Start the quick demo
          </Button>
          <Button
            icon="play"
            onClick={() => {
              attempt(startJob({ kind: 'demo', quick: false }));
            }}
          >
            Full demo
          </Button>
          <Button
            icon="file"
            onClick={() => {
              attempt(startConfig());
            }}
          >
            Run a configuration…
          </Button>
        </div>
        <p className="muted">Or begin with your own pictures and captions:</p>
        <div className="begin-actions">
          <Button
            icon="import"
            onClick={() => {
              showForm('import');
            }}
          >
            Import data…
          </Button>
        </div>
        <p className="muted">What a terminal does to this workspace shows up here as well:</p>
        <CommandLine text={`npx distillery import PICTURES --dataset NAME --workspace ${shellWord(workspace.dir)}`} />
      </div>
    </div>
  );
}
