/** @file The dataset of a form and the teacher whose embeddings it takes. */

import type { Dataset } from '../../../preload/contract.ts';
import { teachersOf } from '../../state/jobForms.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

const noDatasets: Dataset[] = [];

export interface Chosen {
  dataset: string;
  teacher: string;
}

/** The first choice: what is shown, with its latest teacher. */
export function firstChoice(): Chosen {
  const dataset = currentDataset(useWorkspace.getState());
  return choiceOf(dataset);
}

export function choiceOf(dataset: Dataset | undefined): Chosen {
  const teachers = teachersOf(dataset);
  const used = dataset?.clustering?.teacher ?? dataset?.balance?.teacher ?? '';
  return { dataset: dataset?.name ?? '', teacher: teachers.includes(used) ? used : (teachers[0] ?? '') };
}

export const useDatasets = (): Dataset[] => useWorkspace((state) => state.summary?.datasets ?? noDatasets);
