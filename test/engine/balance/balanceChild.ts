/** @file A process that balances a workspace and can be killed: node balanceChild.ts FOLDER OPTIONS */

import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';

const [folder, options] = process.argv.slice(2) as [string, string];
const workspace = openWorkspace(folder);
await run({ workspace, dataset: 'set' }, JSON.parse(options) as BalanceOptions, silentContext());
workspace.close();
