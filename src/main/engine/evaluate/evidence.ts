/** @file What a task knows of each tested image once it is done, before the choice of what is stored. */

import type { TaskResult } from './bench.ts';
import type { Example } from './example.ts';

/** Tested images in the order of the rows. */
export interface Tested {
  examples: Example[];
  /** sha256 of the pictures' bytes, where they were read for it; undefined elsewhere. */
  digests: (string | undefined)[];
}

export interface ClassEvidence extends Tested {
  kind: 'classes';
  names: string[];
  /** Right and answered class of each row `[n]`. */
  labels: Int32Array;
  guesses: Int32Array;
}

export interface RetrievalEvidence extends Tested {
  kind: 'retrieval';
  texts: string[];
  /** Row of each text `[m]`. */
  imageOf: Int32Array;
  /** `[n, dim]` and `[m, dim]`, L2-normalised. */
  images: Float32Array;
  textFeatures: Float32Array;
  dim: number;
  /** Places of the right answers, from 0: `[n]` and `[m]`. */
  ranks: { images: Int32Array; texts: Int32Array };
}

export type Evidence = ClassEvidence | RetrievalEvidence;

export interface TaskOutcome {
  result: TaskResult;
  evidence: Evidence;
}
