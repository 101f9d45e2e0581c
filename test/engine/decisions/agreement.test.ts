/** @file Two annotators on the same groups. Run: npx vitest run test/engine/decisions/agreement.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agreement, annotators, cohenKappa, settle } from '../../../src/main/engine/review/agreement.ts';
import { decide, type DecisionKind } from '../../../src/main/engine/decisions/decide.ts';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { silentContext, type Progress } from '../../../src/main/engine/progress.ts';
import { undo } from '../../../src/main/engine/decisions/history.ts';
import { keptIn, balancedRing } from './support.ts';
import { DATASET } from '../support/vectors.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';

const names = ['ann', 'ben'] as const;

describe("Cohen's kappa", () => {
  it('is that of hand', () => {
    // both yes 20, both no 15, of 50: observed 0.7; by chance 25/50 * 30/50 + 25/50 * 20/50 = 0.5
    const found = cohenKappa([[20, 5], [10, 15]]); // prettier-ignore
    expect([found.observed, found.expected]).toEqual([0.7, 0.5]);
    expect(found.kappa).toBeCloseTo(0.4, 12);
    expect(cohenKappa([[5, 0], [0, 5]]).kappa).toBe(1); // prettier-ignore
    expect(cohenKappa([[0, 5], [5, 0]]).kappa).toBe(-1); // prettier-ignore
    expect(cohenKappa([[0, 0], [0, 0]])).toEqual({ observed: null, expected: null, kappa: null }); // prettier-ignore
    expect(cohenKappa([[9, 0], [0, 0]])).toEqual({ observed: 1, expected: 1, kappa: null }); // prettier-ignore
  });

  it('is that of scikit-learn', () => {
    const file = path.join(import.meta.dirname, '../../fixtures/decisions/kappa.json');
    const cases = JSON.parse(readFileSync(file, 'utf8')) as { table: number[][]; kappa: number }[];
    expect(cases.length).toBeGreaterThan(4);
    for (const { table, kappa } of cases) expect(cohenKappa(table).kappa).toBeCloseTo(kappa, 12);
  });
});

describe('two annotators', () => {
  // groups 1 (samples 1 to 4), 2 (5 and 6), 3 (7 to 9)
  const by =
    (workspace: Workspace) =>
    (annotator: string, kind: DecisionKind, group: number, ...samples: number[]) =>
      decide(workspace, { dataset: DATASET, kind, group, annotator, ...(samples.length > 0 && { samples }) });
  const compare = (workspace: Workspace) =>
    agreement(workspace, { dataset: DATASET, annotators: names }, silentContext());

  it('keep their opinions side by side, whoever decided last', async () => {
    const workspace = await balancedRing();
    const say = by(workspace);
    await say('ann', 'keep-only', 1, 2);
    await say('ben', 'keep-only', 1, 3);
    await say('ann', 'keep-only', 2, 5);
    await say('ben', 'keep-only', 2, 5);
    await say('ben', 'keep-only', 3, 8); // ann said nothing of group 3
    expect(keptIn(workspace, 1)).toEqual([3]); // the last one counts
    const result = await compare(workspace);
    // 6 images: both keep 5, ann alone 2, ben alone 3, neither 1, 4, 6
    expect(result).toMatchObject({ groups: 2, images: 6, table: [1, 1, 1, 3], observed: 4 / 6 });
    expect(result.kappa).toBeCloseTo((4 / 6 - 20 / 36) / (1 - 20 / 36), 12);
    expect(result.disagreements).toEqual([
      { group: 1, size: 4, opinions: [{ kept: [2] }, { kept: [3] }], settledBy: null },
    ]);
    expect(annotators(workspace, 1)).toEqual([
      { annotator: 'ben', decisions: 3 },
      { annotator: 'ann', decisions: 2 },
    ]);
  });

  it('are settled by a decision that counts, and is the opinion of neither', async () => {
    const workspace = await balancedRing();
    const say = by(workspace);
    await say('ann', 'keep-only', 1, 2);
    await say('ben', 'remove', 1);
    const before = await compare(workspace);
    const settled = await settle(workspace, { dataset: DATASET, group: 1, like: 'ann', annotator: 'ben' });
    expect(keptIn(workspace, 1)).toEqual([2]);
    const after = await compare(workspace);
    expect(after).toMatchObject({ kappa: before.kappa, table: before.table });
    expect(after.disagreements).toMatchObject([{ group: 1, settledBy: settled.decision }]);
    await undo(workspace, { dataset: DATASET });
    expect((await compare(workspace)).disagreements).toMatchObject([{ settledBy: null }]);
    await settle(workspace, { dataset: DATASET, group: 1, like: 'ben', annotator: 'ann' });
    expect(keptIn(workspace, 1)).toEqual([]);
    await say('ann', 'keep-only', 1, 4); // said again after it was settled
    expect((await compare(workspace)).disagreements).toMatchObject([{ settledBy: null }]);
  });

  it('count what was split off as kept by itself', async () => {
    const workspace = await balancedRing();
    const say = by(workspace);
    await say('ann', 'split', 1, 1, 2);
    await say('ben', 'keep-only', 1, 2);
    const { disagreements } = await compare(workspace);
    expect(disagreements[0]!.opinions[0].kept).toHaveLength(2);
    expect(disagreements[0]!.opinions[1].kept).toEqual([2]);
  });

  it('are compared step by step, which can be stopped', async () => {
    const workspace = await balancedRing();
    for (const name of names) await by(workspace)(name, 'keep-only', 2, 5);
    const asked = { dataset: DATASET, annotators: names };
    const seen: string[] = [];
    const watched = { ...silentContext(), onProgress: ({ stage, total }: Progress) => seen.push(`${stage} ${total}`) };
    await agreement(workspace, asked, watched);
    expect(seen).toEqual(['agreement: decisions 2', 'agreement: decisions 2', 'agreement: groups 1']);
    for (const stage of new Set(seen)) {
      const stop = new AbortController();
      const onProgress = (progress: Progress): void => {
        if (`${progress.stage} ${progress.total}` === stage) stop.abort();
      };
      const stopped = agreement(workspace, asked, { ...silentContext(stop.signal), onProgress });
      await expect(stopped).rejects.toThrow(CancelledError);
    }
  });

  it('are two, who decided something', async () => {
    const workspace = await balancedRing();
    await by(workspace)('ann', 'defer', 1);
    await expect(compare(workspace)).rejects.toThrow('"ann" decided nothing on "set"; annotators: none yet');
    await by(workspace)('ann', 'remove', 1);
    await expect(compare(workspace)).rejects.toThrow('"ben" decided nothing on "set"; annotators: ann');
    const twice = agreement(workspace, { dataset: DATASET, annotators: ['ann', 'ann'] }, silentContext());
    await expect(twice).rejects.toThrow('Give two annotators');
  });
});
