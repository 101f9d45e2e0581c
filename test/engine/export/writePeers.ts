/** @file Imports DIR/source/00000.tar and writes every export for test/fixtures/export/check_peers.py. Run: node test/engine/export/writePeers.ts DIR */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exportGroups } from '../../../src/main/engine/export/groups.ts';
import { run } from '../../../src/main/engine/export/run.ts';
import { run as importData } from '../../../src/main/engine/import/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';

const dir = path.resolve(process.argv[2]!);
const context = silentContext();
const workspace = openWorkspace(path.join(dir, 'workspace'));
await importData(
  { workspace, source: path.join(dir, 'source/00000.tar'), dataset: 'set' },
  { format: 'auto' },
  context,
);
workspace.sqlite.exec(`
  INSERT INTO balances (dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
    VALUES (1, 't', '{}', 0.4, 60, 9, 1, 20, 40, '');
  INSERT INTO removals (balance_id, sample_id, reason) SELECT 1, id, 'decision' FROM samples WHERE id % 3 = 2;`);
const input = { workspace, dataset: 'set' };
const out = (name: string): string => path.join(dir, name);
await run(input, 'webdataset', { out: out('webdataset'), shardSamples: 15 }, context);
await run(input, 'uids', { out: out('uids.npy') }, context);
for (const ending of ['csv', 'jsonl', 'parquet'])
  await run(input, 'manifest', { out: out(`manifest.${ending}`) }, context);
await exportGroups(input, { out: out('groups.parquet') }, context);
const truth = workspace.sqlite
  .prepare<[], { path: string; caption: string; uid: string; hash: string }>(
    `SELECT path, caption, uid, hash FROM samples WHERE id % 3 <> 2 ORDER BY id`,
  )
  .all();
writeFileSync(out('truth.json'), JSON.stringify(truth));

// a csv needs pictures with a file of their own
await run(input, 'folder', { out: out('pictures') }, context);
await importData({ workspace, source: out('pictures'), dataset: 'files' }, { format: 'auto' }, context);
await run({ workspace, dataset: 'files' }, 'manifest', { out: out('folder.csv') }, context);
workspace.close();
