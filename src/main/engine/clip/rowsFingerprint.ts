/** @file What rows of embeddings depend on beside pictures and captions, as one name. */

import { createHash } from 'node:crypto';

export const precisions = ['fp32', 'bf16'] as const;
export type Precision = (typeof precisions)[number];

export const storages = ['float16', 'float32'] as const;
export type Storage = (typeof storages)[number];

/** Changes when the same model and picture give other numbers. */
const preprocessing = 1;

/** @param model its own fingerprint @returns SHA-256 in hex, as the manifest of a set holds it */
export function rowsFingerprint(model: string, precision: Precision, storage: Storage): string {
  return createHash('sha256')
    .update(JSON.stringify([model, precision, storage, preprocessing]))
    .digest('hex');
}
