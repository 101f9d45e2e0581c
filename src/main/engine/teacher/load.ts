/** @file A teacher by its name: the bundled one, or a CLIP model on disk. */

import { loadModel } from '../clip/model.ts';
import type { EmbeddingModel } from '../clip/towers.ts';
import { loadBundled } from './bundled.ts';
import { bundledName } from './parts.ts';

/**
 * @param reference `bundled`, or what {@link loadModel} takes; a folder of that name is `./bundled`
 * @throws {UsageError} for a reference that is no model here. @throws {DistilleryError} for a damaged one
 */
export function loadTeacher(reference: string): Promise<EmbeddingModel> {
  return reference === bundledName ? loadBundled() : loadModel(reference);
}
