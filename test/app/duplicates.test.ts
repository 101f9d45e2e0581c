/** @file vitest run test/app: the review of duplicates as the window drives it, against a service made up here. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Decided, GroupDetail, GroupFacts, ReviewMember } from '../../src/preload/contract.ts';
import {
  acceptGroup,
  decideSelected,
  outcomeOf,
  redoDecision,
  undoDecision,
} from '../../src/renderer/state/decisions.ts';
import {
  chooseGroup,
  filterGroups,
  readOn,
  selectMembers,
  showBalance,
  stepGroup,
  toggleMember,
  useDuplicates,
} from '../../src/renderer/state/duplicates.ts';
import { formatShare } from '../../src/renderer/state/format.ts';
import { removedAt, ticksTo } from '../../src/renderer/state/removalCurve.ts';
import {
  comparedOf,
  moveTo,
  nothingSelected,
  selectAll,
  selectionOf,
  targetsOf,
  toggle,
} from '../../src/renderer/state/selection.ts';
import { answerAnnotator, useSession } from '../../src/renderer/state/session.ts';

const member = (sample: number, change: Partial<ReviewMember> = {}): ReviewMember => ({
  sample,
  path: `${sample}.jpg`,
  caption: '',
  width: null,
  height: null,
  hasPicture: true,
  keep: false,
  distance: sample / 100,
  verdict: null,
  ...change,
});

describe('the selection', () => {
  const members = [10, 11, 12, 13].map((sample) => member(sample));

  test('begins at the image that stays', () => {
    expect(selectionOf([member(1), member(2, { keep: true })])).toMatchObject({ current: 1 });
    expect(selectionOf([])).toMatchObject({ current: 0 });
  });

  test('moves within the group, and extends from where it began', () => {
    let selection = moveTo(nothingSelected(1), 2, members, false);
    expect([selection.current, [...selection.selected]]).toEqual([2, []]);
    selection = moveTo(selection, 9, members, true);
    expect([selection.current, [...selection.selected]]).toEqual([3, [12, 13]]);
    selection = moveTo(selection, -5, members, true);
    expect([selection.current, [...selection.selected].sort()]).toEqual([0, [10, 11, 12, 13]]);
  });

  test('toggles one', () => {
    const once = toggle(nothingSelected(), 2, members);
    expect([...once.selected]).toEqual([12]);
    expect([...toggle(once, 2, members).selected]).toEqual([]);
    expect(toggle(once, 9, members)).toBe(once);
  });

  test('compares the selected ones, or the current one with the one that stays', () => {
    const compared = (change: object, list = members) =>
      comparedOf({ ...nothingSelected(2), ...change }, list).map(({ sample }) => sample);
    expect(compared({})).toEqual([12]);
    expect(compared({}, [member(1, { keep: true }), member(2), member(3)])).toEqual([1, 3]);
    expect(compared({ selected: new Set([13, 10]) })).toEqual([10, 13]);
    const many = Array.from({ length: 9 }, (_, at) => member(at));
    expect(compared({ selected: new Set(many.map(({ sample }) => sample)) }, many)).toEqual([0, 1, 2, 3]);
  });

  test('says what a decision is about', () => {
    const some = { ...nothingSelected(1), selected: new Set([10, 13]) };
    const one = { ...nothingSelected(1), selected: new Set([10]) };
    const group = { members, group: { size: 4 } as GroupFacts };
    expect(targetsOf('keep', nothingSelected(1), group)).toEqual([11]);
    expect(targetsOf('remove', some, group)).toEqual([10, 13]);
    expect(targetsOf('not-duplicates', nothingSelected(1), group)).toEqual([]);
    expect(targetsOf('not-duplicates', some, group)).toEqual([10, 13]);
    expect(targetsOf('not-duplicates', one, group)).toBeUndefined();
    expect(targetsOf('keep', nothingSelected(), { ...group, members: [] })).toBeUndefined();
    expect(targetsOf('split', one, group)).toEqual([10]);
    expect(targetsOf('split', selectAll(one, members), group)).toBeUndefined();
  });
});

describe('words and axes', () => {
  const decided: Decided = { decision: 1, kind: 'keep', samples: [1], count: 1, group: 1, atOnce: true, emptied: [] };

  test('tell what a decision did', () => {
    expect(outcomeOf(decided)).toBe('Kept 1 picture.');
    expect(outcomeOf({ ...decided, kind: 'remove', count: 1200, emptied: [1] })).toBe(
      'Removed 1,200 pictures. No picture of this group stays.',
    );
    expect(outcomeOf({ ...decided, kind: 'not-duplicates', count: 2, atOnce: false })).toContain('balance runs again');
  });

  test('read the curve as steps', () => {
    const curve = { beta: [0.1, 0.2, 0.4], removed: [3, 5, 9] };
    expect([0, 0.1, 0.3, 0.4, 2].map((beta) => removedAt(curve, beta))).toEqual([0, 3, 5, 9, 9]);
    expect(removedAt({ beta: [], removed: [] }, 0.3)).toBe(0);
  });

  test('are round', () => {
    expect(ticksTo(0.201, 2)).toEqual([0, 0.1, 0.2]);
    expect(ticksTo(0.0963, 4)).toHaveLength(5);
    expect(ticksTo(1, 2)).toEqual([0, 0.5, 1]);
    expect([0, 0.00521, 0.0143, 0.146].map(formatShare)).toEqual(['0%', '0.52%', '1.4%', '14.6%']);
  });
});

describe('the review', () => {
  const workspace = '0123456789abcdef';
  /** Groups 1 to 5 of two members each: 11 and 12, 21 and 22, ...; the first stays. */
  const facts = (id: number): GroupFacts => ({
    id,
    size: 2,
    kept: 1,
    meanDistance: 0.1,
    diameter: null,
    diameterExact: false,
    weakest: null,
    review: 'open',
  });
  const detail = (id: number): GroupDetail => ({
    group: facts(id),
    members: [member(id * 10 + 1, { keep: true }), member(id * 10 + 2)],
    next: null,
    apart: [],
  });
  let asked: { channel: string; params: Record<string, unknown> }[];
  let slow: Promise<void> | undefined;

  function answer(channel: string, params: Record<string, unknown>): unknown {
    switch (channel) {
      case 'balance.facts':
        return { beta: 0.4 };
      case 'groups.count':
        return 5;
      case 'groups.page': {
        const from = (params['after'] as { id: number } | null)?.id ?? 0;
        const ids = [1, 2, 3, 4, 5].slice(from, from + 3);
        const groups = ids.map((id) => ({ ...facts(id), keeper: null }));
        return { groups, next: ids.at(-1) === 5 ? null : { value: 2, id: ids.at(-1) } };
      }
      case 'group.detail':
        return detail(params['group'] as number);
      case 'groups.undecided':
        return params['from'] === 5 ? null : (params['from'] as number) + 1;
      case 'decide':
      case 'decision.accept':
      case 'decision.redo':
      case 'decision.undo': {
        const samples = (params['samples'] as number[] | undefined) ?? [42];
        const group = params['group'] ?? 4;
        return { decision: 1, kind: params['kind'] ?? 'keep', samples, count: 1, group, atOnce: true, emptied: [] };
      }
      default:
        return undefined;
    }
  }

  beforeEach(async () => {
    asked = [];
    slow = undefined;
    const request = async (channel: string, params: Record<string, unknown>) => {
      asked.push({ channel, params });
      if (channel === 'group.detail') await slow;
      return { ok: true, value: answer(channel, params) };
    };
    vi.stubGlobal('window', { distillery: { request } });
    useDuplicates.setState(useDuplicates.getInitialState(), true);
    useSession.setState({ annotator: 'ann' });
    await showBalance(workspace, 7, 3);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const decisions = () => asked.filter(({ channel }) => channel === 'decide').map(({ params }) => params);

  test('begins at the first group, and reads on where the list ends', async () => {
    const { list, chosen, selection } = useDuplicates.getState();
    expect([list?.groups.map(({ id }) => id), list?.total, chosen, selection.current]).toEqual([[1, 2, 3], 5, 1, 0]);
    await stepGroup(-1);
    expect(useDuplicates.getState().chosen).toBe(1);
    for (let step = 0; step < 6; step++) await stepGroup(1);
    expect(useDuplicates.getState().chosen).toBe(5);
    expect(useDuplicates.getState().list?.groups.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    await readOn();
    expect(useDuplicates.getState().list?.groups).toHaveLength(5);
  });

  test('decides on the current picture, on the selected ones, and on the whole group', async () => {
    await decideSelected('keep');
    toggleMember(1);
    await decideSelected('remove');
    selectMembers(true);
    await decideSelected('remove');
    await decideSelected('not-duplicates');
    expect(decisions().map(({ kind, samples }) => [kind, samples])).toEqual([
      ['keep', [11]],
      ['remove', [12]],
      ['remove', []],
      ['not-duplicates', []],
    ]);
    expect(decisions()[0]).toMatchObject({ workspace, group: 1, annotator: 'ann' });
    expect(useDuplicates.getState().selection.selected.size).toBe(0);
  });

  test('decides on the group that was just turned to, also when it is slow to come', async () => {
    let arrive = (): void => undefined;
    slow = new Promise((resolve) => {
      arrive = resolve;
    });
    const turned = chooseGroup(3);
    const decided = decideSelected('keep');
    const again = decideSelected('keep');
    arrive();
    await Promise.all([turned, decided, again]);
    expect(decisions().map(({ group, samples }) => [group, samples])).toEqual([[3, [31]]]);
  });

  test('asks for a name first, and does nothing without one', async () => {
    useSession.setState({ annotator: null });
    const refused = decideSelected('keep');
    await vi.waitUntil(() => useSession.getState().annotatorAsked);
    await answerAnnotator(' ');
    await refused;
    expect(decisions()).toEqual([]);
    const given = decideSelected('keep');
    await vi.waitUntil(() => useSession.getState().annotatorAsked);
    await answerAnnotator(' bob ');
    await given;
    expect(decisions()).toMatchObject([{ annotator: 'bob' }]);
    expect(asked.find(({ channel }) => channel === 'app.setAnnotator')?.params).toEqual({ annotator: 'bob' });
  });

  test('turns to the group whose decision was undone', async () => {
    await undoDecision();
    expect(useDuplicates.getState()).toMatchObject({ chosen: 4, outcome: 'Undone: keep 1 picture.' });
  });

  test('restores what was undone, and says who did', async () => {
    await redoDecision();
    expect(useDuplicates.getState()).toMatchObject({ chosen: 4, outcome: 'Restored: keep 1 picture.' });
    expect(asked.find(({ channel }) => channel === 'decision.redo')?.params).toMatchObject({ annotator: 'ann' });
  });

  test('accepts, and goes on to the next undecided group until none is left', async () => {
    for (let at = 1; at <= 5; at++) await acceptGroup();
    const accepted = asked.filter(({ channel }) => channel === 'decision.accept').map(({ params }) => params['group']);
    expect(accepted).toEqual([1, 2, 3, 4, 5]);
    expect(useDuplicates.getState()).toMatchObject({
      chosen: 5,
      outcome: 'Accepted 1 picture of 2. All groups are decided.',
    });
  });

  test('keeps its order and filter for the next balance, and nothing else', async () => {
    await filterGroups(4);
    expect(asked.findLast(({ channel }) => channel === 'groups.page')?.params).toMatchObject({
      minSize: 4,
      after: null,
    });
    await chooseGroup(2);
    await showBalance(workspace, 7, 4);
    expect(useDuplicates.getState()).toMatchObject({ balance: 4, minSize: 4, chosen: 1 });
  });
});
