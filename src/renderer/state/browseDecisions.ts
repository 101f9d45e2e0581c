/** @file Decisions on pictures of the grid: the selected ones, or the current one. */

import type { Span } from '../../preload/contract.ts';
import { request } from '../api/api.ts';
import { pictures, refreshBrowse, useBrowse, type Browse } from './browse.ts';
import { requireAnnotator } from './session.ts';
import { between, countOf } from './spans.ts';

const { getState: get, setState: set } = useBrowse;

/** The selected places, or the current one. */
const targetSpans = ({ selected, list, current }: Browse): Span[] => {
  if (selected.length > 0) return [...selected];
  return list && list.total > 0 ? [between(current, current)] : [];
};

let deciding = false;

async function oneAtATime(work: () => Promise<void>): Promise<void> {
  if (deciding) return;
  deciding = true;
  try {
    await work();
  } finally {
    deciding = false;
  }
}

/** @param only the current one, whatever is selected */
export const decidePictures = (kind: 'keep' | 'remove', only = false): Promise<void> =>
  oneAtATime(async () => {
    const { workspace, list } = get();
    const spans = targetSpans(only ? { ...get(), selected: [] } : get());
    if (workspace === null || !list || spans.length === 0) return;
    const annotator = await requireAnnotator();
    if (annotator === null) return;
    const many = countOf(spans) > 1000;
    if (many) set({ outcome: `Deciding on ${pictures(countOf(spans))}…` });
    const decided = await request('browse.decide', { workspace, list: list.id, spans, kind, annotator }).catch(
      (error: unknown) => {
        set({ outcome: null });
        throw error;
      },
    );
    await refreshBrowse();
    const done = `${kind === 'keep' ? 'Kept' : 'Removed'} ${pictures(decided.count)}.`;
    set({ outcome: decided.atOnce ? done : `${done} It counts when balance runs again.` });
  });

export const undoInBrowse = (): Promise<void> =>
  oneAtATime(async () => {
    const { workspace, dataset } = get();
    if (workspace === null) return;
    const annotator = await requireAnnotator();
    if (annotator === null) return;
    const undone = await request('browse.undo', { workspace, dataset, annotator });
    await refreshBrowse();
    set({ outcome: `Undone: a decision on ${pictures(undone.count)}.` });
  });
