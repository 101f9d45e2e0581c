/** @file Decisions made, taken back and restored. Run: npx vitest run test/engine/decisions/history.test.ts */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accept, decide, type DecisionKind } from '../../../src/main/engine/decisions/decide.ts';
import { listDecisions, redo, undo } from '../../../src/main/engine/decisions/history.ts';
import { openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { DATASET } from '../support/vectors.ts';
import { balance, balancedRing, beta, keptIn, snapshot } from './support.ts';

const on = { dataset: DATASET, annotator: 'ann' };

/** Kinds and samples of the ring's groups. */
const decision = fc.oneof(
  fc.record({
    kind: fc.constantFrom<DecisionKind>('keep', 'remove', 'keep-only', 'split', 'defer', 'not-duplicates'),
    group: fc.constant(1),
    samples: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom<DecisionKind>('keep', 'remove', 'keep-only', 'split', 'defer'),
    group: fc.constant(2),
    samples: fc.uniqueArray(fc.integer({ min: 5, max: 6 }), { minLength: 1, maxLength: 1 }),
  }),
);

describe('undo and redo', () => {
  it('go back and forth through the same states, over restarts', async () => {
    const workspace = await balancedRing();
    await fc.assert(
      fc.asyncProperty(fc.array(decision, { minLength: 1, maxLength: 8 }), fc.nat(), async (decisions, seed) => {
        const states = [snapshot(workspace)];
        for (const one of decisions) {
          await decide(workspace, { ...on, ...one });
          states.push(snapshot(workspace));
        }
        // a walk back and forth, that ends at the beginning
        let at = decisions.length;
        for (let step = 0; step < 12; step++) {
          const back = at === decisions.length || (at > 0 && ((seed >> step) & 1) === 1);
          const other = openWorkspace(workspace.dir); // as another window, or after a restart
          await (back ? undo : redo)(other, on);
          other.close();
          at += back ? -1 : 1;
          expect(snapshot(workspace)).toEqual(states[at]);
        }
        while (at-- > 0) await undo(workspace, on);
        expect(snapshot(workspace)).toEqual(states[0]);
      }),
      { numRuns: 25 },
    );
  });

  it('restore nothing that was taken back before a new decision', async () => {
    const workspace = await balancedRing();
    await expect(redo(workspace, on)).rejects.toThrow('Nothing to redo');
    await decide(workspace, { ...on, kind: 'keep-only', group: 1, samples: [1] });
    await undo(workspace, on);
    await decide(workspace, { ...on, kind: 'keep-only', group: 1, samples: [4] });
    await expect(redo(workspace, on)).rejects.toThrow('Nothing to redo');
    expect(keptIn(workspace, 1)).toEqual([4]);
  });

  it('are rows: who, when, before, after', async () => {
    const workspace = await balancedRing();
    const [first] = keptIn(workspace, 1);
    await decide(workspace, { ...on, kind: 'keep-only', group: 1, samples: [4] });
    await undo(workspace, { dataset: DATASET, annotator: 'ben' });
    await redo(workspace, { dataset: DATASET, annotator: 'cid' });
    await decide(workspace, { ...on, kind: 'split', group: 3, samples: [9] });
    const [keep, split] = await listDecisions(workspace, DATASET);
    expect(keep).toMatchObject({
      kind: 'keep-only',
      samples: [4],
      others: [[1, 2, 3]],
      annotator: 'ann',
      undoneAt: null,
    });
    expect(keep!.events.map(({ action, annotator, before, after }) => [action, annotator, before, after])).toEqual([
      ['decide', 'ann', [first], [4]],
      ['undo', 'ben', [4], [first]],
      ['redo', 'cid', [first], [4]],
    ]);
    expect(split).toMatchObject({ samples: [9], others: [[7, 8]], events: [{ before: null, after: null }] });
  });
});

describe('decisions on a group', () => {
  it('"keep-only" takes the place of what others kept, also in the next balance', async () => {
    const workspace = await balancedRing();
    await decide(workspace, { ...on, kind: 'keep', samples: [1, 3] });
    expect(keptIn(workspace, 1)).toEqual([1, 3]);
    await decide(workspace, { ...on, kind: 'keep-only', group: 1, samples: [2, 4] });
    expect(keptIn(workspace, 1)).toEqual([2, 4]);
    await balance(workspace, { beta });
    expect(keptIn(workspace, 4)).toEqual([2, 4]);
  });

  it('"accept" keeps what stays now, whatever the next balance would choose', async () => {
    const workspace = await balancedRing();
    const before = keptIn(workspace, 3);
    expect((await accept(workspace, { ...on, group: 3 })).samples).toEqual(before);
    workspace.sqlite.exec('UPDATE samples SET width = id, height = 1');
    await balance(workspace, { beta, keep: 'resolution' });
    expect([keptIn(workspace, 4), keptIn(workspace, 6)]).toEqual([[4], before]);
    await decide(workspace, { ...on, kind: 'remove', group: 6 });
    await expect(accept(workspace, { ...on, group: 6 })).rejects.toThrow('No image of group 6 stays');
    await expect(accept(workspace, { ...on, group: 999 })).rejects.toThrow('The dataset has no group 999.');
  });

  it('"defer" changes nothing but the order of the review', async () => {
    const workspace = await balancedRing();
    const before = keptIn(workspace, 1);
    const review = () => workspace.sqlite.prepare('SELECT review FROM duplicate_groups ORDER BY id').pluck().all();
    await decide(workspace, { ...on, kind: 'defer', group: 1 });
    await decide(workspace, { ...on, kind: 'keep-only', group: 2, samples: [5] });
    expect([review(), keptIn(workspace, 1)]).toEqual([[1, 2, 0], before]);
    await accept(workspace, { ...on, group: 1 });
    expect(review()).toEqual([2, 2, 0]);
    await undo(workspace, on);
    expect(review()).toEqual([1, 2, 0]);
  });

  it('need a group where they are about one, and leave something', async () => {
    const workspace = await balancedRing();
    await expect(decide(workspace, { ...on, kind: 'keep-only', samples: [1] })).rejects.toThrow('about one group');
    await expect(decide(workspace, { ...on, kind: 'split', group: 2 })).rejects.toThrow('others that are left');
  });
});
