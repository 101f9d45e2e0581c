/** @file Bulk rules: what they say is what they do. Run: npx vitest run test/engine/decisions/rule.test.ts */

import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/main/engine/decisions/decide.ts';
import { exportDecisions } from '../../../src/main/engine/export/decisions.ts';
import { importDecisions } from '../../../src/main/engine/decisions/importDecisions.ts';
import { listDecisions, redo, undo } from '../../../src/main/engine/decisions/history.ts';
import { applyRule, matchingGroups, type Rule } from '../../../src/main/engine/review/rule.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { clusteredRows, DATASET, temporaryFolder, workspaceWith } from '../support/vectors.ts';
import { balance, balancedRing, beta, keptIn, snapshot } from './support.ts';

const rule = (options: Rule) => ({ dataset: DATASET, annotator: 'ann', ...options });

/** Samples that the latest balance keeps in groups. */
const kept = (workspace: Parameters<typeof keptIn>[0]): unknown[] =>
  workspace.sqlite
    .prepare(
      `SELECT sample_id FROM members JOIN duplicate_groups g ON g.id = group_id
       WHERE keep = 1 AND balance_id = (SELECT max(id) FROM balances) ORDER BY 1`,
    )
    .pluck()
    .all();

describe('a bulk rule', () => {
  it.each(['centroid', 'resolution', 'oldest'] as const)('chooses by %s as a balance would', async (keep) => {
    const workspace = await workspaceWith(clusteredRows(120, 4, 3, 9), 4);
    workspace.sqlite.exec(`UPDATE samples SET width = abs(random()) % 5, height = 2, modified = abs(random()) % 4
      WHERE id % 7 > 0`);
    await balance(workspace, { beta: 0.5, keep: 'centroid' });
    const before = snapshot(workspace);
    const counted = await applyRule(workspace, { ...rule({ keep }), dryRun: true });
    expect(snapshot(workspace)).toEqual(before);
    expect(await listDecisions(workspace, DATASET)).toEqual([]);
    const done = await applyRule(workspace, rule({ keep }));
    expect({ ...done, decision: null }).toEqual(counted);
    expect(done.changed > 0).toBe(keep !== 'centroid');
    const chosen = kept(workspace);
    const after = snapshot(workspace);
    await undo(workspace, { dataset: DATASET });
    expect(snapshot(workspace)).toEqual(before);
    await balance(workspace, { beta: 0.5, keep });
    expect(chosen).toEqual(kept(workspace));
    workspace.sqlite.exec('DELETE FROM balances WHERE id = 2');
    await redo(workspace, { dataset: DATASET });
    expect(snapshot(workspace)).toEqual(after);
  });

  it.each([
    [{ maxSize: 0 }, /--max-size 0 leaves no group: a group has 2 images or more/],
    [{ maxSize: 1 }, /--max-size 1/],
    [{ maxDiameter: -0.1 }, /--max-diameter -0.1/],
    [{ maxWeakest: -1 }, /--max-weakest -1/],
  ])('refuses %j, which no group is within', async (limits, message) => {
    const workspace = await balancedRing();
    await expect(applyRule(workspace, rule({ keep: 'centroid', ...limits }))).rejects.toThrow(message);
    expect(await listDecisions(workspace, DATASET)).toEqual([]);
  });

  it('is about groups within its limits that nobody reviewed, exactly as many as it says', async () => {
    const workspace = await balancedRing();
    workspace.sqlite.exec('UPDATE samples SET width = id, height = 1');
    // diameters: 4 images over 28.5 degrees 0.492, 2 over 5 degrees 0.087, 3 over 12 degrees 0.209
    const within = (limits: object) => matchingGroups(workspace, 1, limits, 20);
    expect(within({})).toEqual({ groups: 3, images: 9, first: [1, 3, 2] });
    expect(within({ maxDiameter: 0.3 })).toEqual({ groups: 2, images: 5, first: [3, 2] });
    expect(within({ maxDiameter: 0.3, maxSize: 2 }).first).toEqual([2]);
    expect(within({ maxWeakest: 0.13 }).first).toEqual([3, 2]);
    expect(within({ maxWeakest: 0.1 }).first).toEqual([2]);
    const second = keptIn(workspace, 2);
    await decide(workspace, { dataset: DATASET, kind: 'defer', group: 2 });
    const done = await applyRule(workspace, rule({ keep: 'resolution', maxDiameter: 0.3 }));
    expect(done).toMatchObject({ groups: 1, images: 3, changed: 1 });
    expect([keptIn(workspace, 3), keptIn(workspace, 2)]).toEqual([[9], second]);
    expect(within({ maxDiameter: 0.3 }).groups).toBe(0);
    expect(await applyRule(workspace, rule({ keep: 'resolution', maxDiameter: 0.3 }))).toMatchObject({
      decision: null,
      groups: 0,
    });
    const [, made] = await listDecisions(workspace, DATASET);
    expect(made).toMatchObject({ samples: [9], others: [[7, 8]], rule: '{"keep":"resolution","maxDiameter":0.3}' });
    await expect(applyRule(workspace, rule({ keep: 'agreement' }))).rejects.toThrow('No picture was compared');
  });

  it('leaves what is protected, and what goes in any case', async () => {
    const workspace = await balancedRing();
    workspace.sqlite.exec(`UPDATE samples SET width = id, height = 1;
      UPDATE members SET rank = 0 WHERE sample_id = 7; UPDATE members SET rank = NULL WHERE sample_id = 4;
      UPDATE members SET rank = NULL WHERE group_id = 2`);
    await applyRule(workspace, rule({ keep: 'resolution' }));
    expect([keptIn(workspace, 1), keptIn(workspace, 3)]).toEqual([[3], [7]]);
    const [made] = await listDecisions(workspace, DATASET);
    expect([made!.samples, made!.others]).toEqual([[3, 7], [[1, 2, 8, 9]]]);
  });
});

describe('a table of decisions', () => {
  it('carries sides, rules and what settles to another workspace', async () => {
    const [from, to] = [await balancedRing(), await balancedRing()];
    const on = { dataset: DATASET, annotator: 'ann' };
    await decide(from, { ...on, kind: 'split', group: 1, samples: [1, 2] });
    await decide(from, { ...on, kind: 'keep-only', group: 3, samples: [9], settles: true });
    await applyRule(from, rule({ keep: 'centroid' }));
    await decide(from, { ...on, kind: 'defer', group: 2 });
    await undo(from, { dataset: DATASET });
    for (const name of ['decisions.csv', 'decisions.jsonl']) {
      const out = `${temporaryFolder()}/${name}`;
      await exportDecisions({ workspace: from, dataset: DATASET }, { out }, silentContext());
      const first = name.endsWith('csv');
      const found = await importDecisions(to, { dataset: DATASET, file: out }, silentContext());
      expect(found).toEqual({ imported: first ? 4 : 0, skipped: first ? 0 : 4, unknownSamples: 0 });
    }
    const plain = async (workspace: typeof from) =>
      (await listDecisions(workspace, DATASET)).map(({ events: _, decision: __, ...rest }) => rest);
    expect(await plain(to)).toEqual(await plain(from));
    expect(keptIn(to, 3)).toEqual([9]);
    await balance(to, { beta });
    expect(keptIn(to, 4)).toHaveLength(1);
    await expect(redo(to, { dataset: DATASET })).rejects.toThrow('Nothing to redo');
  });
});
