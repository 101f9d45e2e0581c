/** @file The lists that windows have open, by number: ids of samples, 8 bytes each; the oldest are let go. */

import { CancelledError, DistilleryError } from '../../errors.ts';
import type { BrowseQuery, Span } from '../../../../preload/browse.ts';
import { mostDecided } from '../../../../preload/browse.ts';
import { give } from './work.ts';

export interface List {
  dir: string;
  dataset: number;
  ids: Float64Array; // [total]
}

/** A window has one; a list that is being replaced is still shown. */
const mostLists = 8;
const lists = new Map<number, List>();
let nextList = 1;

interface Lane {
  underWay: boolean;
  next: { query: BrowseQuery; resolve: (list: number) => void; reject: (error: Error) => void } | undefined;
}
/** By folder: while one list is made, only the last question waits. */
const lanes = new Map<string, Lane>();

/** Makes a list in the thread. @throws {CancelledError} where a later question came before its turn */
export function makeList(dir: string, query: BrowseQuery): Promise<number> {
  const lane = lanes.get(dir) ?? { underWay: false, next: undefined };
  lanes.set(dir, lane);
  lane.next?.reject(new CancelledError());
  return new Promise((resolve, reject) => {
    lane.next = { query, resolve, reject };
    if (!lane.underWay) void work(dir, lane);
  });
}

async function work(dir: string, lane: Lane): Promise<void> {
  lane.underWay = true;
  for (let asked = lane.next; asked; asked = lane.next) {
    lane.next = undefined;
    try {
      const ids = (await give(dir, { kind: 'list', query: asked.query })) as Float64Array;
      lists.set(nextList, { dir, dataset: asked.query.dataset, ids });
      while (lists.size > mostLists) lists.delete(lists.keys().next().value!);
      asked.resolve(nextList++);
    } catch (error) {
      asked.reject(error as Error);
    }
  }
  lane.underWay = false;
}

/** Of another workspace, or let go: undefined. */
export function findList(dir: string, list: number): List | undefined {
  const found = lists.get(list);
  return found?.dir === dir ? found : undefined;
}

/** @throws {DistilleryError} for a list that was let go */
export function needList(dir: string, list: number): List {
  const found = findList(dir, list);
  if (found) return found;
  throw new DistilleryError('The list of pictures is out of date. Choose them again.');
}

export function forgetLists(dir: string): void {
  for (const [number, list] of lists) if (list.dir === dir) lists.delete(number);
}

/** Ids at some places, each once. @throws {DistilleryError} where there are more than `most` */
export function idsAt({ ids }: List, spans: readonly Span[], most = Infinity): number[] {
  const chosen = new Set<number>();
  for (const { from, to } of spans) {
    for (const id of ids.subarray(from, to)) chosen.add(id);
    if (chosen.size > most) {
      throw new DistilleryError(
        `A decision is about at most ${mostDecided.toLocaleString('en-US')} pictures. Narrow the filter, or decide in parts.`,
      );
    }
  }
  return [...chosen];
}
