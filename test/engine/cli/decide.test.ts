/** @file Decisions, splits, protection and the removal curve through the command line. Run: npm test -- test/engine/cli/decide.test.ts */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { beforeAll, expect, test } from 'vitest';
import { writeNpy } from '../../../src/main/engine/store/npy.ts';
import { temporaryFolderOfFile } from './temporary.ts';
import { distillery, result } from './support.ts';

const dir = temporaryFolderOfFile();
const workspace = path.join(dir, 'workspace');
const on = ['--dataset', 'ring'];

/** Samples 1 to 4 are a chain of 10 degrees each, 5 and 6 a pair, 7 is alone; 10 degrees are 0.174. */
beforeAll(async () => {
  const degrees = [0, 10, 20, 30, 120, 125, 240];
  const rows = degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]);
  const embeddings = path.join(dir, 'embeddings.npy');
  await writeNpy(embeddings, Float32Array.from(rows), [degrees.length, 2]);
  await result(workspace, ['import', embeddings, ...on, '--format', 'embeddings']);
});

async function table(args: string[]): Promise<Record<string, string>[]> {
  const out = path.join(dir, 'out.csv');
  await result(workspace, [...args, ...on, '--out', out]);
  return parseCsv<Record<string, string>>(readFileSync(out), { columns: true });
}

async function kept(): Promise<number[]> {
  const rows = await table(['export', 'groups']);
  return rows.filter(({ keep }) => keep === 'true').map(({ sample_id: id }) => Number(id));
}

test('balance cuts, protects, and tells of it', async () => {
  const whole = await result(workspace, ['balance', ...on, '--beta', '0.18']);
  expect(whole).toMatchObject({ groups: 2, removed: 4, kept: 3, added: 7, split: { groups: 0, edges: 0 } });
  const cut = await result(workspace, ['balance', ...on, '--beta', '0.18', '--max-diameter', '0.2']);
  expect(cut).toMatchObject({ kept: 7 - (cut['removed'] as number), added: 0, split: { groups: 1 } });
  for (const group of cut['largest'] as { diameter: number }[]) expect(group.diameter).toBeLessThanOrEqual(0.2);
  const small = await result(workspace, ['balance', ...on, '--beta', '0.18', '--max-group-size', '3']);
  expect(small).toMatchObject({ split: { groups: 1, edges: 1 } });
  const list = path.join(dir, 'protected.txt');
  writeFileSync(list, '1\n4\n');
  const safe = await result(workspace, ['balance', ...on, '--beta', '0.18', '--protect', list, '--keep', 'oldest']);
  expect(safe).toMatchObject({ protected: 2, removed: 3 });
  expect(await kept()).toEqual([1, 4, 5, 7]);
  writeFileSync(list, '1\n400\n');
  const refused = await distillery(workspace, ['balance', ...on, '--protect', list]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/does not have: 400/)]);
});

test('the removal curve is exported', async () => {
  await result(workspace, ['balance', ...on, '--beta', '0.18']);
  const rows = await table(['export', 'curve']);
  expect(Object.keys(rows[0]!)).toEqual(['beta', 'removed', 'kept', 'removed_fraction']);
  expect(rows.at(-1)).toMatchObject({ beta: '0.18', removed: '4', kept: '3' });
  expect(Number(rows.find(({ beta }) => Number(beta) > 0.1)!['removed'])).toBe(1);
});

test('decisions are made, listed, undone, exported and imported', async () => {
  expect(await kept()).toHaveLength(3);
  const removed = await result(workspace, ['decide', 'remove', ...on, '--samples', '7', '--annotator', 'ann']);
  expect(removed).toMatchObject({ kind: 'remove', samples: [7], annotator: 'ann', effect: { kept: 2, removed: 5 } });
  expect(await kept()).not.toContain(7);
  await result(workspace, ['decide', 'keep', ...on, '--samples', '1,4']);
  await result(workspace, ['decide', 'not-duplicates', ...on, '--samples', '5,6']);
  const again = await result(workspace, ['balance', ...on, '--beta', '0.18']);
  expect(again).toMatchObject({ groups: 1, decisions: { keep: 2, remove: 1, notDuplicates: 1 } });
  expect(await kept()).toEqual([1, 4, 5, 6]);

  const file = path.join(dir, 'decisions.csv');
  expect(await result(workspace, ['decide', 'export', ...on, '--out', file])).toMatchObject({ rows: 5 });
  const undone = await result(workspace, ['decide', 'undo', ...on]);
  expect(undone).toMatchObject({ kind: 'not-duplicates', effect: null });
  const { decisions } = await result(workspace, ['decide', 'list', ...on]);
  expect(decisions).toMatchObject([{ undoneAt: null }, { undoneAt: null }, { undoneAt: expect.any(String) as string }]);

  expect(await result(workspace, ['decide', 'import', file, ...on])).toMatchObject({ imported: 0, skipped: 3 });
  const other = path.join(dir, 'other');
  await result(other, ['import', path.join(dir, 'embeddings.npy'), ...on, '--format', 'embeddings']);
  expect(await result(other, ['decide', 'import', file, ...on])).toMatchObject({ imported: 3, unknownSamples: 0 });
  const there = await result(other, ['balance', ...on, '--beta', '0.18']);
  expect(there).toMatchObject({ decisions: { keep: 2, remove: 1, notDuplicates: 1 }, kept: 4 });
});

test('wrong decisions are usage errors, and what is said is readable', async () => {
  for (const args of [
    ['keep'],
    ['keep', '--samples', 'a'],
    ['keep', '--samples', '99'],
    ['undo', '--decision', '99'],
  ]) {
    expect((await distillery(workspace, ['decide', ...args, ...on])).code).toBe(2);
  }
});

test('incremental goes on from the latest balance', async () => {
  const same = await result(workspace, ['balance', ...on, '--incremental']);
  expect(same).toMatchObject({ beta: 0.18, added: 0 });
  const first = await distillery(path.join(dir, 'other'), ['balance', ...on, '--incremental', '--beta', '3']);
  expect([first.code, first.stderr]).toEqual([2, expect.stringMatching(/--beta is 3/)]);
});
