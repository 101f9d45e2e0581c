/** @file A first pass over a subset: how many samples, a fingerprint of all that decides the files, and names without repetition. */

import { createHash } from 'node:crypto';
import type { StageContext } from '../progress.ts';
import type { ExportedSample } from './samples.ts';
import { readSubset, type Subset } from './subset.ts';

export interface Selection {
  samples: number;
  /** sha256, hexadecimal: the same samples with the same data. */
  fingerprint: string;
  /** A name for each sample: its own where no other has it, otherwise its id. */
  nameOf: (sample: ExportedSample) => string;
}

const idDigits = 10;
const idName = (id: number): string => String(id).padStart(idDigits, '0');

/** Reads the subset once. `ownName`: what a sample would like to be called; 8 bytes of memory for each. */
export async function surveySelection(
  subset: Subset,
  ownName: (sample: ExportedSample) => string | undefined,
  context: StageContext,
): Promise<Selection> {
  const hash = createHash('sha256');
  const numbers: number[] = [];
  let samples = 0;
  let lastId = 0;
  for await (const page of readSubset(subset, context)) {
    for (const sample of page) {
      const { id, path, picture, parts, caption, label, uid, hash: content } = sample;
      hash.update(JSON.stringify([id, path, picture, parts, caption, label, uid, content]) + '\n');
      const name = ownName(sample);
      if (name !== undefined) numbers.push(numberOf(name));
      lastId = id;
    }
    samples += page.length;
  }
  const sorted = Float64Array.from(numbers).sort();
  // an id's digits as another sample's own name
  const like = (name: string, id: number) => /^\d{10}$/.test(name) && Number(name) <= lastId && name !== idName(id);
  const nameOf = (sample: ExportedSample): string => {
    const name = ownName(sample);
    if (name === undefined || like(name, sample.id) || isRepeated(sorted, numberOf(name))) return idName(sample.id);
    return name;
  };
  return { samples, fingerprint: hash.digest('hex'), nameOf };
}

/** 48 bits of a hash: two names with the same number only lose their own names. */
const numberOf = (name: string): number => createHash('sha1').update(name).digest().readUIntBE(0, 6);

/** Whether a number stands more than once in an ascending list that has it. */
function isRepeated(sorted: Float64Array, value: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return sorted[low + 1] === value;
}
