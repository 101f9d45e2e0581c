/** @file Samples that another view hands to Browse: it shows these alone until the selection is cleared. */

import { create } from 'zustand';

export interface BrowseSelection {
  dataset: number;
  /** Where they come from, for people: `lasso on the map`. */
  title: string;
  samples: ReadonlySet<number>;
}

export const useBrowseSelection = create<{ selection: BrowseSelection | null }>(() => ({ selection: null }));

export function setBrowseSelection(selection: BrowseSelection): void {
  useBrowseSelection.setState({ selection });
}

export function clearBrowseSelection(): void {
  useBrowseSelection.setState({ selection: null });
}
