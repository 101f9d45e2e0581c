/** @file Embeds the workspace named on the command line in a process of its own, to be killed. Says when a shard is stored. */

import { writeSync } from 'node:fs';
import { run } from '../../../src/main/engine/embed/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { tinyModel } from './support.ts';

const workspace = openWorkspace(process.argv[2]!);
const input = { workspace, dataset: 'set', model: tinyModel(), teacherName: 'teacher' };
await run(
  input,
  { precision: 'fp32', batch: 256 },
  {
    ...silentContext(),
    onProgress: ({ done }) => {
      if (done > 2048) writeSync(1, 'shard');
    },
  },
);
