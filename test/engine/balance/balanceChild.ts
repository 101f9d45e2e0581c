/** @file A process that balances a workspace and kills itself: node balanceChild.ts FOLDER OPTIONS COMPLETE_CHUNKS */

import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { completeChunks } from './completeChunks.ts';

const [folder, options, chunks] = process.argv.slice(2) as [string, string, string];
const workspace = openWorkspace(folder);
const onProgress = (): void => {
  if (completeChunks(folder) >= Number(chunks)) process.kill(process.pid, 'SIGKILL');
};
await run({ workspace, dataset: 'set' }, JSON.parse(options) as BalanceOptions, { ...silentContext(), onProgress });
workspace.close();
