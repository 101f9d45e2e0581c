/** @file State of the map in the view of clusters: which part of the view is open, the map's points, and what is selected on it. */

import { create } from 'zustand';
import { messageOf, request } from '../api/api.ts';
import { setBrowseSelection } from './browseSelection.ts';
import type { Colouring } from './mapColours.ts';
import { decodeMap, type MapPoints } from './mapPoints.ts';
import { showView } from './session.ts';

interface LoadedMap {
  /** Everything that the points depend on, so that they are asked for once. */
  key: string;
  points: MapPoints;
}

interface MapState {
  part: 'sizes' | 'map';
  loaded: LoadedMap | null;
  failure: string | null;
  /** Null: the first that the points can be coloured by. */
  colouring: Colouring | null;
  /** Numbers of points; null: nothing is selected. */
  selected: ReadonlySet<number> | null;
}

export const useMap = create<MapState>(() => ({
  part: 'sizes',
  loaded: null,
  failure: null,
  colouring: null,
  selected: null,
}));
const { getState: get, setState: set } = useMap;

export const showPart = (part: MapState['part']): void => {
  set({ part });
};
export const togglePart = (): void => {
  showPart(get().part === 'map' ? 'sizes' : 'map');
};
export const chooseColouring = (colouring: Colouring): void => {
  set({ colouring });
};
export const selectPoints = (points: Iterable<number> | null): void => {
  const selected = points && new Set(points);
  set({ selected: selected && selected.size > 0 ? selected : null });
};

let wanted = '';

/** Asks for the points of a map; the ones that are shown stay until the others are there. */
export async function loadPoints(workspace: string, map: string, version: string): Promise<void> {
  const key = JSON.stringify([workspace, map, version]);
  wanted = key;
  if (get().loaded?.key === key) return;
  try {
    const points = decodeMap(await request('map.points', { workspace, map }));
    if (wanted !== key) return;
    const same = sameSamples(get().loaded?.points, points);
    set({ loaded: { key, points }, failure: null, ...(!same && { selected: null }) });
  } catch (error) {
    if (wanted === key) set({ failure: messageOf(error) });
  }
}

/** A selection goes on from one map of a dataset to another. */
const sameSamples = (before: MapPoints | undefined, after: MapPoints): boolean =>
  before?.samples.length === after.samples.length && after.samples.every((id, i) => id === before.samples[i]);

/** Shows the selected pictures, and only those, in Browse. */
export function browseSelected(dataset: number): void {
  const { selected, loaded } = get();
  if (!selected || !loaded) return;
  const { samples } = loaded.points;
  setBrowseSelection({
    dataset,
    title: 'selection on the map',
    samples: new Set([...selected].map((i) => samples[i]!)),
  });
  showView('browse');
}
