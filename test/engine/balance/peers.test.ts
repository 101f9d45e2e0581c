/** @file The same groups as faiss and scipy. Fixtures: test/fixtures/curation/make.py. Run: npx vitest run test/engine/balance/peers.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { NeighbourSearch } from '../../../src/main/engine/balance/neighbours.ts';
import { run } from '../../../src/main/engine/balance/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import { DATASET, sourceOf, workspaceWith } from '../support/vectors.ts';
import { storedGroups } from './naive.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/curation');
const DIM = 32;
const embeddings = (await readNpy(path.join(FIXTURES, 'embeddings.npy'))).data as Float16Array;
const peer = JSON.parse(readFileSync(path.join(FIXTURES, 'groups.json'), 'utf8')) as {
  beta: number;
  range: number[];
  k: number;
  nearest: number[];
  keepers: number[];
};

/** Components of two and more as lists of members, by the lowest. */
function groupsOf(labels: number[]): number[][] {
  const groups = Map.groupBy(labels.keys(), (row) => labels[row]!);
  return [...groups.values()].filter((members) => members.length > 1).sort((a, b) => a[0]! - b[0]!);
}

it('finds the pairs of faiss range_search', async () => {
  const { data } = await readNpy(path.join(FIXTURES, 'rangePairs.npy'));
  const expected = Array.from({ length: data.length / 2 }, (_, pair) => [data[2 * pair], data[2 * pair + 1]]);
  const rows = new ChunkedRows(sourceOf(Float32Array.from(embeddings), DIM), 700);
  const search = await NeighbourSearch.create(rows, peer.beta);
  const found: [number, number][] = [];
  for (let chunk = 0; chunk < search.chunks; chunk++) {
    const onPair = (i: number, j: number) => found.push([i, j]);
    await search.searchChunk(chunk, onPair, () => Promise.resolve());
  }
  search.dispose();
  expect(found.sort((a, b) => a[0] - b[0] || a[1] - b[1])).toEqual(expected);
});

it('groups and keeps as faiss, scipy and numpy do', async () => {
  const workspace = await workspaceWith(embeddings, DIM, { shardRows: 600 });
  const all = await run({ workspace, dataset: DATASET }, { beta: peer.beta, topK: 'all' }, silentContext());
  const stored = storedGroups(workspace, all.balanceId);
  expect(stored.map(({ members }) => members)).toEqual(groupsOf(peer.range));
  const inGroups = new Set(stored.flatMap(({ members }) => members));
  expect(stored.map(({ keeper }) => keeper).sort((a, b) => a - b)).toEqual(
    peer.keepers.filter((row) => inGroups.has(row)),
  );
  const some = await run({ workspace, dataset: DATASET }, { beta: peer.beta, topK: peer.k }, silentContext());
  expect(storedGroups(workspace, some.balanceId).map(({ members }) => members)).toEqual(groupsOf(peer.nearest));
  expect(some.removed).toBeLessThan(all.removed);
});
