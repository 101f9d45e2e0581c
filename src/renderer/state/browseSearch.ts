/** @file The search by meaning in the view of all pictures: one question at a time, told how far it is, and stopped at will. */

import type { BrowseCell, Progress, SearchQuery, SearchResult } from '../../preload/contract.ts';
import { isCancelled, request } from '../api/api.ts';
import { openList, useBrowse } from './browse.ts';

const mostSimilar = 1000;

const { getState: get, setState: set } = useBrowse;

/** This window, among others that may show the same workspace. */
const windowId = crypto.randomUUID();
const asker = `${windowId} browse`;
/** Whose question for the nearest pictures of one takes the place of the one before. */
export const neighboursAsker = `${windowId} neighbours`;

let searches = 0;

/** Looks for pictures by meaning; the nearest come first. */
export async function searchByMeaning(query: SearchQuery, title: string): Promise<void> {
  const { workspace, dataset } = get();
  if (workspace === null) return;
  const now = ++searches;
  set({ searching: { title, progress: null } });
  try {
    const found = await request('search.run', {
      ...{ workspace, asker, dataset, teacher: null, query, which: 'all', limit: mostSimilar },
    });
    if (now === searches && get().dataset === dataset) await showSimilar(found, title);
  } catch (error) {
    // stopped, or asked otherwise
    if (!isCancelled(error)) throw error;
  } finally {
    if (now === searches) set({ searching: null });
  }
}

export function takeSearchProgress(of: string, progress: Progress): void {
  const { searching } = get();
  if (of === asker && searching) set({ searching: { ...searching, progress } });
}

/** What was found before stays. */
export async function stopSearch(): Promise<void> {
  const { workspace, searching } = get();
  if (workspace === null || !searching) return;
  searches++;
  set({ searching: null });
  await request('search.stop', { workspace, asker });
}

async function showSimilar({ rows }: SearchResult, title: string): Promise<void> {
  set({
    similar: {
      title,
      samples: rows.map(({ sample }) => sample),
      similarity: new Map(rows.map(({ sample, similarity }) => [sample, similarity])),
    },
    order: 'given',
    descending: false,
  });
  await openList(false);
}

export async function endSearch(): Promise<void> {
  await stopSearch();
  set({ similar: null, order: 'import', descending: false });
  await openList(false);
}

/** Pictures like one of the dataset's own. */
export const searchLike = (cell: Pick<BrowseCell, 'sample' | 'caption' | 'path'>): Promise<void> =>
  searchByMeaning({ sample: cell.sample }, cell.caption || cell.path);

export async function searchByPicture(): Promise<void> {
  const picture = await request('picture.choose');
  if (picture !== null) await searchByMeaning({ picture }, picture.split(/[\\/]/).at(-1) ?? picture);
}
