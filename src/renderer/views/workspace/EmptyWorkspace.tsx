/** @file A workspace without anything in it: three ways to begin. */

import './emptyWorkspace.css';
import type { WorkspaceInfo } from '../../../preload/contract.ts';
import { Button } from '../../components/Button.tsx';
import { keysOf } from '../../app/shortcuts.ts';
import { attempt } from '../../state/session.ts';
import { startConfig, startJob } from '../../state/workspace.ts';

export function EmptyWorkspace({ workspace }: { workspace: WorkspaceInfo }) {
  return (
    <div className="begin">
      <div>
        <h2>This workspace is empty</h2>
        <p className="muted">
          Run the demo to see the whole pipeline on real photographs: it imports 542 pictures, trains a small teacher,
          removes the duplicates, clusters what is left, distils a student and evaluates it.
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
        <p className="muted">Or import your own pictures from a terminal; this window follows along:</p>
        <pre className="mono selectable">
          npx distillery import PICTURES --dataset NAME --workspace {shellWord(workspace.dir)}
        </pre>
      </div>
    </div>
  );
}

const shellWord = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
