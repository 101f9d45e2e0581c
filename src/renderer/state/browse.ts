/** @file State of the view of all pictures: what is asked, the list that answers it, the pages that were read, the selection. */

import { create } from 'zustand';
import type { BrowseCell, BrowseFilter, BrowseOrder, Progress, Span } from '../../preload/contract.ts';
import { isCancelled, isUnavailable, messageOf, request } from '../api/api.ts';
import { noFilter } from './browseFilter.ts';
import { useBrowseSelection } from './browseSelection.ts';
import { formatCount } from './format.ts';
import { showView } from './session.ts';
import { between, toggled, withSpan } from './spans.ts';

/** As the service reads them. */
export const pageCells = 256;
const keptPages = 80;
export const zoomLevels = 5;

export interface Similar {
  /** What was searched, for people. */
  title: string;
  samples: number[];
  similarity: ReadonlyMap<number, number>;
}

export interface Browse {
  workspace: string | null;
  dataset: number;
  filter: BrowseFilter;
  order: BrowseOrder;
  descending: boolean;
  /** What the search box looks for. */
  mode: 'caption' | 'meaning';
  /** Pictures that a search by meaning found. */
  similar: Similar | null;
  /** What is being searched by meaning, and how far that is. */
  searching: { title: string; progress: Progress | null } | null;
  list: { id: number; total: number } | null;
  /** Grows with each question: its answer is looked at from the start. */
  question: number;
  /** A list is being made. */
  opening: boolean;
  /** Captions that were indexed for the first search. */
  indexing: { done: number; total: number } | null;
  failure: string | null;
  pages: ReadonlyMap<number, (BrowseCell | null)[]>;
  /** Place of the current picture. */
  current: number;
  anchor: number;
  selected: readonly Span[];
  detailShown: boolean;
  zoom: number;
  exporting: boolean;
  /** What the last decision did. */
  outcome: string | null;
}

const closed: Browse = {
  workspace: null,
  dataset: 0,
  filter: noFilter,
  order: 'import',
  descending: false,
  mode: 'caption',
  similar: null,
  searching: null,
  list: null,
  question: 0,
  opening: false,
  indexing: null,
  failure: null,
  pages: new Map(),
  current: 0,
  anchor: 0,
  selected: [],
  detailShown: false,
  zoom: 2,
  exporting: false,
  outcome: null,
};

export const useBrowse = create<Browse>(() => closed);
const { getState: get, setState: set } = useBrowse;

/** Of several questions only the last answer counts. */
let asked = 0;
let seen: { from: number; to: number } = { from: 0, to: 0 };

/** Turns to a dataset; one that is shown already is only brought up to date. */
export async function showDataset(workspace: string, dataset: number): Promise<void> {
  const before = get();
  if (before.workspace === workspace && before.dataset === dataset) return refreshBrowse();
  const { zoom, mode } = before;
  set({ ...closed, zoom, mode, workspace, dataset });
  await openList(false);
}

/** After a decision or a stage, whoever made it, and when the service is back. */
export const refreshBrowse = (): Promise<void> => openList(true);

/** @param same the same question once more: what is shown stays until the answer is there */
export async function openList(same: boolean): Promise<void> {
  const { workspace, dataset, filter, similar } = get();
  if (workspace === null) return;
  const now = ++asked;
  const kept = same ? cellAt(get(), get().current)?.sample : undefined;
  set({ opening: true, failure: null });
  if (!same) {
    seen = { from: 0, to: 0 };
    set({ current: 0, anchor: 0, outcome: null, question: get().question + 1 });
  }
  try {
    const { order, descending } = orderNow(get());
    const query = { dataset, filter, order, descending, samples: wantedSamples(dataset, similar) };
    const { list: id, total } = await request('browse.open', { workspace, query });
    if (now !== asked) return;
    const found = kept === undefined ? null : await request('browse.find', { workspace, list: id, sample: kept });
    const current = Math.min(found ?? get().current, Math.max(total - 1, 0));
    // the cells in sight come with their list, so that nothing flickers
    const wanted = new Set([...pagesOf(seen.from, seen.to), Math.floor(current / pageCells)]);
    const first = [...wanted].filter((page) => page * pageCells < total).slice(0, 8);
    const pages = await Promise.all(first.map(async (page) => [page, await readPage(workspace, id, page)] as const));
    if (now !== asked) return;
    set({
      ...{ list: { id, total }, pages: new Map(pages), current, anchor: current },
      ...{ selected: [], opening: false, indexing: null },
    });
  } catch (error) {
    if (now !== asked) return;
    set({ opening: false, indexing: null });
    if (!isCancelled(error) && !isUnavailable(error)) set({ failure: messageOf(error), list: null, selected: [] });
  }
}

/** The most similar first while there is no other wish. */
const orderNow = ({ order, descending, similar }: Browse): Pick<Browse, 'order' | 'descending'> =>
  order === 'given' && !similar ? { order: 'import', descending: false } : { order, descending };

function wantedSamples(dataset: number, similar: Similar | null): number[] | null {
  const { selection } = useBrowseSelection.getState();
  const handed = selection?.dataset === dataset ? selection.samples : null;
  if (!similar) return handed && [...handed];
  return handed ? similar.samples.filter((sample) => handed.has(sample)) : similar.samples;
}

const readPage = async (workspace: string, list: number, page: number): Promise<(BrowseCell | null)[]> =>
  (await request('browse.page', { workspace, list, from: page * pageCells })) ?? [];

const pagesOf = (from: number, to: number): number[] => {
  const first = Math.floor(from / pageCells);
  return Array.from({ length: Math.max(0, Math.ceil(to / pageCells) - first) }, (_, at) => first + at);
};

export const cellAt = ({ pages }: Pick<Browse, 'pages'>, at: number): BrowseCell | null =>
  pages.get(Math.floor(at / pageCells))?.[at % pageCells] ?? null;

const underWay = new Set<string>();

/** Reads the pages of the places in sight; those that were passed meanwhile are not asked for. */
export async function lookAt(from: number, to: number): Promise<void> {
  seen = { from, to };
  const { workspace, list } = get();
  if (workspace === null || !list) return;
  const missing = pagesOf(from, Math.min(to, list.total)).filter((page) => !get().pages.has(page));
  for (const page of missing) {
    const key = `${list.id} ${page}`;
    if (underWay.has(key) || underWay.size >= 4) continue;
    underWay.add(key);
    try {
      const cells = await request('browse.page', { workspace, list: list.id, from: page * pageCells });
      if (get().list?.id !== list.id) return;
      // the service was restarted and has no lists
      if (cells === null) {
        await refreshBrowse();
        return;
      }
      set({ pages: withPage(get().pages, page, cells) });
    } catch (error) {
      if (!isUnavailable(error)) set({ failure: messageOf(error) });
      return;
    } finally {
      underWay.delete(key);
    }
  }
  // somewhere else by now
  if (missing.length > 0 && (seen.from !== from || seen.to !== to)) await lookAt(seen.from, seen.to);
}

/** The pages that were read last stay. */
function withPage(pages: Browse['pages'], page: number, cells: (BrowseCell | null)[]): Browse['pages'] {
  const next = new Map(pages).set(page, cells);
  while (next.size > keptPages) next.delete(next.keys().next().value!);
  return next;
}

// --- what is asked --------------------------------------------------------------------------------------------------

export async function filterBy(change: Partial<BrowseFilter>): Promise<void> {
  set({ filter: { ...get().filter, ...change } });
  await openList(false);
}

export async function sortBy(order: BrowseOrder, descending: boolean): Promise<void> {
  set({ order, descending });
  await openList(false);
}

export function searchIn(mode: Browse['mode']): void {
  set({ mode });
}

/** Everything again. */
export async function clearFilter(): Promise<void> {
  useBrowseSelection.setState({ selection: null });
  const { status } = get().filter;
  set({ filter: { ...noFilter, status }, similar: null, ...(get().order === 'given' && { order: 'import' as const }) });
  await openList(false);
}

/** Another view leads here. */
export function browseBy(change: Partial<BrowseFilter>): void {
  set({ filter: { ...noFilter, ...change }, similar: null });
  showView('browse');
  void openList(false);
}

// --- where one is, and what is selected -----------------------------------------------------------------------------

export function goTo(at: number, extend: boolean): void {
  const { list, anchor, selected } = get();
  if (!list || list.total === 0) return;
  const current = Math.min(Math.max(at, 0), list.total - 1);
  if (extend) set({ current, selected: withSpan(selected, between(anchor, current)) });
  else set({ current, anchor: current });
}

export function toggleAt(at: number): void {
  set({ current: at, anchor: at, selected: toggled(get().selected, at) });
}

/** All that passes the filter, read or not. */
export function selectAllPictures(): void {
  const { list } = get();
  if (list && list.total > 0) set({ selected: [{ from: 0, to: list.total }] });
}

/** First the selection goes, then the panel. */
export function selectNoPicture(): void {
  if (get().selected.length > 0) set({ selected: [] });
  else set({ detailShown: false });
}

export const showDetail = (detailShown: boolean): void => {
  set({ detailShown });
};

export const setZoom = (zoom: number): void => {
  set({ zoom: Math.min(Math.max(zoom, 0), zoomLevels - 1) });
};

export const showExport = (exporting: boolean): void => {
  set({ exporting: exporting && (get().list?.total ?? 0) > 0 });
};

export const pictures = (count: number): string => `${formatCount(count)} picture${count === 1 ? '' : 's'}`;
