/** @file Which samples and classes a step sees; all of it follows from (seed, step), so a resumed run repeats it. */

import { permutation, randomStream } from '../random.ts';

const classDraw = 0x5eed; // separates this stream from the shuffles

/** Rows of the training set that step `step` (from 1) uses, `[batch]`. Each epoch is a new shuffle; the rest below a batch is left out. */
export function batchRows(step: number, rows: number, batch: number, seed: number): Uint32Array {
  const perEpoch = Math.floor(rows / batch);
  const epoch = Math.floor((step - 1) / perEpoch);
  const first = ((step - 1) % perEpoch) * batch;
  return shuffled(rows, seed, epoch).subarray(first, first + batch);
}

let lastShuffle: { key: string; order: Uint32Array } | undefined;

/** The order of an epoch; the last one is kept, since every step of an epoch asks for it. */
function shuffled(rows: number, seed: number, epoch: number): Uint32Array {
  const key = `${rows}/${seed}/${epoch}`;
  if (lastShuffle?.key !== key) lastShuffle = { key, order: permutation(rows, seed, epoch) };
  return lastShuffle.order;
}

/** Number of classes that every step scores: the rate's share, and never fewer than a batch may hold. */
export function scoredClasses(classes: number, batch: number, rate: number): number {
  return Math.min(classes, Math.max(Math.ceil(rate * classes), Math.min(batch, classes)));
}

/**
 * All classes of the batch, filled up with random others (partial_fc's sampling), ascending.
 * @param labels `[n]` classes of the batch
 * @returns classes `[scored]` and labels `[n]` remapped to rows of it
 */
export function sampleClasses(
  labels: Int32Array,
  classes: number,
  scored: number,
  ...seed: number[]
): { classes: Int32Array; labels: Int32Array } {
  const chosen = new Set<number>(labels);
  if (scored === classes) {
    return { classes: Int32Array.from({ length: classes }, (_, i) => i), labels };
  }
  const random = randomStream(classDraw, ...seed);
  if (scored > classes / 2) {
    // most are scored: draw those that are left out
    const others = Array.from({ length: classes }, (_, i) => i).filter((i) => !chosen.has(i));
    for (let left = chosen.size; left < scored; left++) {
      const at = Math.floor(random() * others.length);
      chosen.add(others[at]!);
      others[at] = others[others.length - 1]!;
      others.pop();
    }
  } else {
    while (chosen.size < scored) chosen.add(Math.floor(random() * classes));
  }
  const sorted = Int32Array.from(chosen).sort();
  const place = new Map([...sorted].map((value, index) => [value, index]));
  return { classes: sorted, labels: labels.map((label) => place.get(label)!) };
}
