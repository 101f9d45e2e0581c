/** @file Who stays: keep rules, protected images, verdicts, incremental runs, sets kept apart. Run: npx vitest run test/engine/balance/fates.test.ts */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run, type BalanceOptions } from '../../../src/main/engine/balance/run.ts';
import { decide, type DecisionKind } from '../../../src/main/engine/decisions/decide.ts';
import { undo } from '../../../src/main/engine/decisions/history.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { findEmbeddings, readRows, saveManifest, shardFile } from '../../../src/main/engine/store/embeddings.ts';
import { writeNpy } from '../../../src/main/engine/store/npy.ts';
import { latestBalance, removedSamples, type Workspace } from '../../../src/main/engine/store/workspace.ts';
import { appendRows, clusteredRows, DATASET, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { naiveBalance } from './naive.ts';
import { distanceIn, joinedApart, type Edge } from './reference.ts';

const balance = (workspace: Workspace, options: BalanceOptions) =>
  run({ workspace, dataset: DATASET }, options, silentContext());

const decideOn = (workspace: Workspace, kind: DecisionKind, ...samples: number[]) =>
  decide(workspace, { dataset: DATASET, kind, samples, annotator: 'test' });

/** Samples of the latest balance that stay, ascending. */
async function keptSamples(workspace: Workspace): Promise<number[]> {
  const latest = (await latestBalance(workspace, 1))!;
  const removed = await removedSamples(workspace, latest.id);
  const all = workspace.sqlite.prepare<[], number>('SELECT id FROM samples ORDER BY id').pluck().all();
  const kept = all.slice(0, latest.images).filter((sample) => !removed.has(sample));
  expect(latest).toMatchObject({ kept: kept.length, removed: latest.images - kept.length });
  return kept;
}

/** Unit rows on a circle, in degrees. */
const circle = (...degrees: number[]): Float32Array =>
  Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));

// samples 1, 2, 3 are a chain whose middle is 2; 4 and 5 a pair; 6 is alone. 10 degrees are 0.174
const chain = () => workspaceWith(circle(0, 10, 20, 90, 100, 180), 2);
const beta = 0.18;

describe('quality flags', () => {
  const blur = (workspace: Workspace, ...ids: number[]) => {
    workspace.sqlite.exec(`UPDATE samples SET sharpness = (CASE WHEN id IN (${ids.join(',')}) THEN 1 ELSE 900 END)`);
  };
  const reasons = ({ sqlite }: Workspace) =>
    sqlite
      .prepare('SELECT sample_id, reason FROM removals WHERE balance_id = (SELECT max(id) FROM balances) ORDER BY 1')
      .raw()
      .all();

  it('remove images, and no group keeps one', async () => {
    const workspace = await chain();
    blur(workspace, 2, 4, 5, 6);
    const result = await balance(workspace, { beta, without: ['blurred'] });
    // 1 and 3 are as near to the middle; 4 and 5 leave their group empty
    expect(await keptSamples(workspace)).toEqual([1]);
    expect(result).toMatchObject({ removed: 5, emptied: 1, leftOut: 4, without: ['blurred'] });
    expect(reasons(workspace)).toEqual([2, 4, 5, 6].map((id) => [id, 'quality']));
    expect(JSON.parse((await latestBalance(workspace, 1))!.options)).toMatchObject({
      without: ['blurred'],
      thresholds: { minSharpness: 50 },
      leftOut: 4,
    });
  });

  it('yield to people and to the protected list, and hold for an incremental balance', async () => {
    const workspace = await chain();
    blur(workspace, 2, 5, 6);
    await decideOn(workspace, 'keep', 6);
    const protect = path.join(workspace.dir, 'protect.txt');
    writeFileSync(protect, '2\n');
    await balance(workspace, { beta, without: ['blurred'], protect });
    expect(await keptSamples(workspace)).toEqual([2, 4, 6]);
    expect(reasons(workspace)).toEqual([[5, 'quality']]);
    await appendRows(workspace, circle(270, 300));
    workspace.sqlite.exec('UPDATE samples SET sharpness = 1 WHERE id = 8');
    expect(await balance(workspace, { incremental: true })).toMatchObject({ added: 2, without: ['blurred'] });
    expect((await keptSamples(workspace)).filter((id) => id > 6)).toEqual([7]);
  });
});

describe('keep rules', () => {
  it('take the most pixels, the oldest, and fall back to the centroid', async () => {
    const workspace = await chain();
    workspace.sqlite.exec(`
      UPDATE samples SET width = 10, height = 10, modified = 500 WHERE id IN (1, 2);
      UPDATE samples SET width = 5, height = 30, modified = 900 WHERE id = 3;
      UPDATE samples SET width = 1, height = 1 WHERE id = 5;
      UPDATE samples SET modified = 7 WHERE id = 5;`);
    await balance(workspace, { beta, keep: 'centroid' });
    expect(await keptSamples(workspace)).toEqual([2, 4, 6]);
    await balance(workspace, { beta, keep: 'resolution' });
    expect(await keptSamples(workspace)).toEqual([3, 5, 6]);
    await balance(workspace, { beta, keep: 'oldest' });
    expect(await keptSamples(workspace)).toEqual([2, 5, 6]); // 1 and 2 are as old: 2 is the middle
  });

  it('compare pictures with captions only where there are any', async () => {
    await expect(balance(await chain(), { beta, keep: 'agreement' })).rejects.toThrow(/no text side/);
    await expect(balance(await chain(), { beta, keep: 'best' as never })).rejects.toThrow(/--keep is best.*centroid/);
  });

  it('take the image that agrees most with its caption', async () => {
    const workspace = await chain();
    const set = await findEmbeddings(workspace, DATASET);
    await writeNpy(shardFile(set.dir, 'text', 0), circle(30, 30, 30, 90, 100, 180), [6, 2]);
    set.manifest.modalities = ['image', 'text'];
    await saveManifest(set);
    await balance(workspace, { beta, keep: 'agreement' });
    expect(await keptSamples(workspace)).toEqual([3, 4, 6]); // 4 and 5 agree alike: the lower
  });
});

describe('a list of protected images', () => {
  const list = (name: string, text: string): string => {
    const file = path.join(temporaryFolder(), name);
    writeFileSync(file, text);
    return file;
  };

  it.each([
    ['ids.txt', '1\n\n 3 \n'],
    ['paths.txt', '\uFEFF0.jpg\r\n2.jpg\r\n'],
    ['groups.csv', 'sample_id,path,group_id,keep\n1,0.jpg,1,false\n3,2.jpg,1,false\n'],
    ['rows.jsonl', '{"path":"0.jpg"}\n{"sample_id":3}\n'],
  ])('%s keeps all of its images, and the others of their group go', async (name, text) => {
    const workspace = await chain();
    const result = await balance(workspace, { beta, protect: list(name, text) });
    expect(result).toMatchObject({ protected: 2, removed: 2, kept: 4 });
    expect(result.largest[0]).toMatchObject({ kept: 2, keeper: { sampleId: 1 } });
    expect(await keptSamples(workspace)).toEqual([1, 3, 4, 6]);
  });

  it.each([
    ['ids.txt', '1\n77\nother.jpg\n', /names 2 images.*77, other\.jpg/],
    ['bad.csv', 'name\nx\n', /no column sample_id or path.*name/],
    ['bad.jsonl', '{"path"\n', /cannot be read/],
    ['list.doc', '1\n', /ending/],
  ])('%s with %j is refused', async (name, text, message) => {
    const attempt = balance(await chain(), { beta, protect: list(name, text) });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ name: 'UsageError' });
  });
});

describe('decisions', () => {
  it('change the latest balance at once, and a new one says the same', async () => {
    const workspace = await chain();
    await balance(workspace, { beta });
    const steps: [DecisionKind, number[], number[], number[]][] = [
      ['keep', [3], [3, 4, 6], []],
      ['remove', [6], [3, 4], []],
      ['remove', [3], [2, 4], []], // the later one wins, the rule chooses again
      ['remove', [4, 5], [2], [2]],
      ['keep', [1, 2], [1, 2], []],
    ];
    for (const [kind, samples, kept, emptied] of steps) {
      const { effect } = await decideOn(workspace, kind, ...samples);
      expect(effect).toEqual({ kept: kept.length, removed: 6 - kept.length, emptied });
      expect(await keptSamples(workspace)).toEqual(kept);
    }
    const again = await balance(workspace, { beta });
    expect(await keptSamples(workspace)).toEqual([1, 2]);
    expect(again).toMatchObject({ decisions: { keep: 2, remove: 4, notDuplicates: 0 }, emptied: 1 });
    for (const kept of [[2], [2, 4], [3, 4], [3, 4, 6], [2, 4, 6]]) {
      await undo(workspace, { dataset: DATASET });
      expect(await keptSamples(workspace)).toEqual(kept);
    }
    await expect(undo(workspace, { dataset: DATASET })).rejects.toThrow(/no decision that stands/);
  });

  it('in any order leave what a new balance makes', async () => {
    const anySteps = fc.array(
      fc.record({
        kind: fc.constantFrom('keep' as const, 'remove' as const, 'undo' as const),
        samples: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(), anySteps, async (seed, steps) => {
        const workspace = await workspaceWith(clusteredRows(30, 4, seed), 4);
        await balance(workspace, { beta: 0.6 });
        let standing = 0;
        for (const { kind, samples } of steps) {
          if (kind !== 'undo') await decideOn(workspace, kind, ...samples);
          else if (standing > 0) await undo(workspace, { dataset: DATASET });
          standing = Math.max(0, standing + (kind === 'undo' ? -1 : 1));
        }
        const atOnce = await keptSamples(workspace);
        await balance(workspace, { beta: 0.6 });
        expect(await keptSamples(workspace)).toEqual(atOnce);
      }),
      { numRuns: 40 },
    );
  });

  it('wait for the next balance where there is none', async () => {
    const workspace = await chain();
    expect((await decideOn(workspace, 'remove', 6)).effect).toBeNull();
    expect((await decideOn(workspace, 'not-duplicates', 1, 2)).effect).toBeNull();
    await balance(workspace, { beta });
    expect(await keptSamples(workspace)).toEqual([1, 2, 4]); // {1}, {2, 3} with 2 the lower, {4, 5}
  });

  it('refuse unknown samples and groups', async () => {
    const workspace = await chain();
    await balance(workspace, { beta });
    await expect(decideOn(workspace, 'keep', 99)).rejects.toThrow(/Not in dataset "set": 99/);
    await expect(decideOn(workspace, 'not-duplicates', 1)).rejects.toThrow(/at least 2/);
    const request = { dataset: DATASET, kind: 'keep' as const };
    await expect(decide(workspace, { ...request, group: 9 })).rejects.toThrow(/no group 9/);
    await expect(decide(workspace, { ...request, group: 1, samples: [6] })).rejects.toThrow(/Not in group 1: 6/);
    expect(await decide(workspace, { ...request, group: 2 })).toMatchObject({ samples: [4, 5] });
  });
});

describe('images that are no duplicates', () => {
  it('never share a group, and the others join the nearest as the plain definition says', async () => {
    const anyCase = fc.record({
      images: fc.integer({ min: 2, max: 30 }),
      seed: fc.nat(),
      beta: fc.constantFrom(0.3, 0.6, 1.2),
      topK: fc.constantFrom(2, 'all' as const),
      chunks: fc.integer({ min: 1, max: 5 }),
      sets: fc.array(fc.uniqueArray(fc.nat(), { minLength: 2, maxLength: 4 }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ images, seed, beta: limit, topK, chunks, sets }) => {
        const workspace = await workspaceWith(clusteredRows(images, 4, seed, 3), 4);
        const marked = sets.map((set) => [...new Set(set.map((n) => n % images))]).filter((set) => set.length > 1);
        for (const set of marked) await decideOn(workspace, 'not-duplicates', ...set.map((row) => row + 1));
        const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
        const { pairs } = naiveBalance(rows, 4, limit, topK === 'all' ? images : topK);
        const edges = pairs.map(([i, j]): Edge => [distanceIn(rows, 4)(i, j), i, j]);
        const { balanceId, decisions } = await balance(workspace, { beta: limit, topK, chunks });
        expect(decisions.notDuplicates).toBe(marked.length);
        const stored = workspace.sqlite
          .prepare<[number], { id: number; row: number }>(
            `SELECT g.id, m.sample_id - 1 AS row FROM duplicate_groups g JOIN members m ON m.group_id = g.id
             WHERE g.balance_id = ? ORDER BY g.id, row`,
          )
          .all(balanceId);
        const groups = [...Map.groupBy(stored, ({ id }) => id).values()].map((members) =>
          members.map(({ row }) => row),
        );
        expect(groups).toEqual(joinedApart(images, edges, marked));
      }),
      { numRuns: 80 },
    );
  });
});

describe('an incremental balance', () => {
  it('keeps what was decided, and decides on new images alone', async () => {
    const workspace = await chain();
    await balance(workspace, { beta, topK: 5 });
    // 7 is near kept 2, 8 near removed 5, 9 and 10 are new together, 11 joins 2's group with 4's
    await appendRows(workspace, circle(11, 105, 240, 241, 55));
    const result = await balance(workspace, { incremental: true });
    expect(result).toMatchObject({ beta, images: 11, added: 5 });
    expect(await keptSamples(workspace)).toEqual([2, 4, 6, 9, 11]);
    await balance(workspace, { incremental: true, beta: 0.9 }); // now 2, 4 and 11 are together, and all stay
    expect(await keptSamples(workspace)).toEqual([2, 4, 6, 9, 11]);
    await balance(workspace, { incremental: true, beta: 0.01 }); // without a group they stay removed
    expect(await keptSamples(workspace)).toEqual([2, 4, 6, 9, 11]);
    await decideOn(workspace, 'keep', 1);
    await balance(workspace, { incremental: true, beta });
    expect(await keptSamples(workspace)).toEqual([1, 2, 4, 6, 9, 11]);
    await balance(workspace, { beta });
    expect((await keptSamples(workspace)).length).toBe(5);
  });

  it('needs an earlier one', async () => {
    await expect(balance(await chain(), { incremental: true })).rejects.toThrow(/is missing.*Run once without/);
  });
});
