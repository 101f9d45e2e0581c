/** @file State of the review of duplicates: the list of groups, the one that is looked at, and what was decided. */

import { create } from 'zustand';
import type { BalanceFacts, Cursor, GroupDetail, GroupOrder, GroupRow } from '../../preload/contract.ts';
import { isUnavailable, messageOf, request } from '../api/api.ts';
import { moveTo, nothingSelected, selectAll, selectionOf, toggle, type Selection } from './selection.ts';

const pageGroups = 200;
const pageMembers = 200;
/** A list that was read further is refreshed up to here. */
const refreshedGroups = 1000;

export interface GroupList {
  groups: GroupRow[];
  next: Cursor | null;
  /** Groups that pass the filter, read or not. */
  total: number;
}

export interface Duplicates {
  workspace: string | null;
  dataset: number;
  balance: number;
  facts: BalanceFacts | null;
  shown: 'groups' | 'leaks';
  order: GroupOrder;
  descending: boolean;
  minSize: number;
  list: GroupList | null;
  /** Why facts or list could not be read. */
  failure: string | null;
  /** Group that is highlighted in the list. */
  chosen: number | null;
  detail: GroupDetail | null;
  detailFailure: string | null;
  selection: Selection;
  /** Pictures are shown large, side by side. */
  comparing: boolean;
  /** Form or panel that is open above the group. */
  dialog: ReviewDialog | null;
  /** The group's clusters are shown in place of its members. */
  clustered: boolean;
  /** What the last decision did. */
  outcome: string | null;
}

export type ReviewDialog = 'cut' | 'rule' | 'agreement';

const closed: Duplicates = {
  workspace: null,
  dataset: 0,
  balance: 0,
  facts: null,
  shown: 'groups',
  order: 'size',
  descending: true,
  minSize: 2,
  list: null,
  failure: null,
  chosen: null,
  detail: null,
  detailFailure: null,
  selection: nothingSelected(),
  comparing: false,
  dialog: null,
  clustered: false,
  outcome: null,
};

export const useDuplicates = create<Duplicates>(() => closed);
const { getState: get, setState: set } = useDuplicates;

/** Of several questions for the same thing only the last answer counts. */
const asked = { list: 0, detail: 0 };
let detailUnderWay: Promise<void> = Promise.resolve();

/** Turns to a balance; one that is shown already is only brought up to date. */
export async function showBalance(workspace: string, dataset: number, balance: number): Promise<void> {
  const before = get();
  if (before.workspace !== workspace || before.balance !== balance) {
    const { order, descending, minSize } = before;
    set({ ...closed, order, descending, minSize, workspace, dataset, balance });
  }
  await refreshDuplicates();
}

/** Asks again for all that is shown: after a decision, whoever made it, and when the service is back. */
export async function refreshDuplicates(): Promise<void> {
  await Promise.all([loadFacts(), loadList(), loadDetail(false)]);
}

async function loadFacts(): Promise<void> {
  const { workspace, balance } = get();
  if (workspace === null) return;
  try {
    const facts = await request('balance.facts', { workspace, balance });
    if (get().balance === balance) set({ facts });
  } catch (error) {
    fail(error);
  }
}

export async function sortGroups(order: GroupOrder, descending: boolean): Promise<void> {
  set({ order, descending });
  await restartList();
}

export async function filterGroups(minSize: number): Promise<void> {
  set({ minSize, shown: 'groups' });
  await restartList();
}

export const showLeaks = (leaks: boolean): void => {
  set({ shown: leaks ? 'leaks' : 'groups' });
};

async function restartList(): Promise<void> {
  set({ list: null, chosen: null });
  await loadList();
}

async function loadList(): Promise<void> {
  const { workspace, balance, order, descending, minSize, list } = get();
  if (workspace === null) return;
  const now = ++asked.list;
  const read = list?.groups.length ?? 0;
  const limit = Math.min(Math.max(read, pageGroups), refreshedGroups);
  try {
    const [page, total] = await Promise.all([
      request('groups.page', { workspace, balance, order, descending, minSize, after: null, limit }),
      request('groups.count', { workspace, balance, minSize }),
    ]);
    if (now !== asked.list) return;
    const beyond = list && read > limit ? list.groups.slice(limit) : [];
    const next = beyond.length > 0 && list ? list.next : page.next;
    set({ list: { groups: [...page.groups, ...beyond], next, total }, failure: null });
    const first = page.groups[0];
    if (get().chosen === null && first) await chooseGroup(first.id);
  } catch (error) {
    if (now === asked.list) fail(error);
  }
}

let readingOn = false;

/** The next page of the list. */
export async function readOn(): Promise<void> {
  const { workspace, balance, order, descending, minSize, list } = get();
  if (workspace === null || !list || list.next === null || readingOn) return;
  readingOn = true;
  const now = asked.list;
  try {
    const query = { workspace, balance, order, descending, minSize, after: list.next, limit: pageGroups };
    const page = await request('groups.page', query);
    const { list: current } = get();
    if (now !== asked.list || !current) return;
    set({ list: { ...current, groups: [...current.groups, ...page.groups], next: page.next } });
  } catch (error) {
    fail(error);
  } finally {
    readingOn = false;
  }
}

export async function chooseGroup(group: number): Promise<void> {
  set({ chosen: group, detailFailure: null, outcome: null, clustered: false });
  await loadDetail(true);
}

/** The group after (1) or before (-1) the chosen one. */
export async function stepGroup(step: 1 | -1): Promise<void> {
  const at = (list: GroupList | null): number => list?.groups.findIndex(({ id }) => id === get().chosen) ?? -1;
  const to = at(get().list) + step;
  if (to >= (get().list?.groups.length ?? 0)) await readOn();
  const group = get().list?.groups[to];
  if (group) await chooseGroup(group.id);
}

/** The detail of the group that was turned to last is there. */
export const detailSettled = (): Promise<void> => detailUnderWay;
/** After a decision; the selection stays. */
export const reloadDetail = (): Promise<void> => loadDetail(false);

/** @param fresh a group that was just chosen; otherwise the selection stays */
function loadDetail(fresh: boolean): Promise<void> {
  detailUnderWay = readDetail(fresh);
  return detailUnderWay;
}

async function readDetail(fresh: boolean): Promise<void> {
  const { workspace, chosen, detail } = get();
  if (workspace === null || chosen === null) return;
  const now = ++asked.detail;
  const read = detail?.group.id === chosen ? detail.members.length : 0;
  const limit = Math.min(Math.max(read, pageMembers), 1000);
  try {
    const found = await request('group.detail', { workspace, group: chosen, after: null, limit });
    if (now !== asked.detail) return;
    set({ detail: found, detailFailure: null });
    if (fresh) set({ selection: selectionOf(found.members) });
    takeRow(found);
  } catch (error) {
    if (now === asked.detail && !isUnavailable(error)) set({ detail: null, detailFailure: messageOf(error) });
  }
}

/** The list shows what the detail just learned. */
function takeRow({ group, members }: GroupDetail): void {
  const { list } = get();
  if (!list) return;
  const kept = members.find(({ keep }) => keep);
  const groups = list.groups.map((row) =>
    row.id === group.id
      ? { ...group, keeper: kept ? { sample: kept.sample, hasPicture: kept.hasPicture } : row.keeper }
      : row,
  );
  set({ list: { ...list, groups } });
}

/** The next members of a large group. */
export async function readOnMembers(): Promise<void> {
  const { workspace, detail } = get();
  if (workspace === null || !detail || detail.next === null) return;
  const now = ++asked.detail;
  const query = { workspace, group: detail.group.id, after: detail.next, limit: pageMembers };
  const page = await request('group.detail', query);
  if (now !== asked.detail) return;
  set({ detail: { ...page, members: [...detail.members, ...page.members] } });
}

export function moveSelection(to: number, extend: boolean): void {
  const { detail, selection } = get();
  if (detail) set({ selection: moveTo(selection, to, detail.members, extend) });
}

export function toggleMember(at: number): void {
  const { detail, selection } = get();
  if (detail) set({ selection: toggle(selection, at, detail.members) });
}

export function selectMembers(all: boolean): void {
  const { detail, selection } = get();
  if (!detail) return;
  set({ selection: all ? selectAll(selection, detail.members) : nothingSelected(selection.current) });
}

export const showComparison = (comparing: boolean): void => {
  set({ comparing: comparing && get().detail !== null });
};

export const showDialog = (dialog: ReviewDialog | null): void => {
  if (dialog === null || get().detail !== null) set({ dialog });
};

export const showClusters = (clustered: boolean): void => {
  set({ clustered });
};

/** Adds pictures to the selected ones, also those that the list of members has not read yet. */
export function selectAlso(samples: readonly number[]): void {
  const { selection } = get();
  set({ selection: { ...selection, selected: selection.selected.union(new Set(samples)) } });
}

function fail(error: unknown): void {
  // asked again when the service is back
  if (!isUnavailable(error)) set({ failure: messageOf(error) });
}
