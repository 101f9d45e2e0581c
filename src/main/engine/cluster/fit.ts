/** @file Centres of a plan, by Lloyd's iterations or mini-batches, from where an interrupted fit left off. */

import type { StageContext } from '../progress.ts';
import type { ChunkedRows } from '../store/chunkedRows.ts';
import { Assigner } from './assign.ts';
import { initialCentres } from './initialise.ts';
import { lloyd, type LloydState } from './lloyd.ts';
import { miniBatches, startOfPasses, type MiniBatchState } from './miniBatch.ts';
import type { Plan } from './options.ts';
import { loadState, saveState, type StoredState } from './state.ts';

/** With fewer clusters, the bounds cost more than they save. */
export const BOUNDS_FROM = 2048;

export interface Fit {
  /** `[k, dim]` */
  centres: Float32Array;
  /** Iterations that moved centres; with mini-batches, passes. */
  iterations: number;
  /** Nearest centres of the rows `[n]`; not known after mini-batches. */
  labels?: Int32Array;
}

/** `scratch` is the folder of the state. */
export async function fit(rows: ChunkedRows, plan: Plan, scratch: string, context: StageContext): Promise<Fit> {
  const stored = await loadState(scratch);
  return plan.miniBatch === undefined
    ? fitAll(rows, plan, stored, scratch, context)
    : fitBatches(rows, { ...plan, miniBatch: plan.miniBatch }, stored, scratch, context);
}

async function fitAll(
  rows: ChunkedRows,
  plan: Plan,
  stored: StoredState | undefined,
  scratch: string,
  context: StageContext,
): Promise<Fit> {
  const start = stored
    ? ({ iteration: stored.step, ...stored.numbers, ...stored.arrays } as LloydState)
    : {
        iteration: 0,
        centres: await initialCentres(rows, plan, context),
        labels: new Int32Array(rows.count).fill(-1),
      };
  const save = ({ iteration, centres, labels, inertia }: LloydState): Promise<void> => {
    const numbers = inertia === undefined ? {} : { inertia };
    return saveState(scratch, { step: iteration, numbers, arrays: { centres, labels } });
  };
  const assigner = new Assigner(rows, { bounds: plan.clusters >= BOUNDS_FROM });
  try {
    const { centres, labels, iteration } = await lloyd(rows, assigner, start, plan, save, context);
    return { centres, labels, iterations: iteration };
  } finally {
    assigner.dispose();
  }
}

async function fitBatches(
  rows: ChunkedRows,
  plan: Plan & { miniBatch: number },
  stored: StoredState | undefined,
  scratch: string,
  context: StageContext,
): Promise<Fit> {
  const state = stored
    ? ({ batch: stored.step, inertiaBefore: Infinity, ...stored.numbers, ...stored.arrays } as MiniBatchState)
    : startOfPasses(await initialCentres(rows, plan, context), plan.clusters);
  const save = ({ batch, inertia, inertiaBefore, centres, lengths, met }: MiniBatchState): Promise<void> => {
    // JSON knows no infinity
    const numbers = { inertia, ...(inertiaBefore === Infinity ? {} : { inertiaBefore }) };
    return saveState(scratch, { step: batch, numbers, arrays: { centres, lengths, met } });
  };
  const iterations = await miniBatches(rows, state, plan, save, context);
  return { centres: state.centres, iterations };
}
