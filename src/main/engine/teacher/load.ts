/** @file A teacher by its name: the bundled one, one that was added to this machine, or a CLIP model on disk. */

import { loadModel } from '../clip/model.ts';
import type { EmbeddingModel } from '../clip/towers.ts';
import { loadBundled } from './bundled.ts';
import { bundledName } from './parts.ts';
import { resolveModel } from './registry.ts';

/**
 * @param reference a teacher's name, or what {@link loadModel} takes; a folder that is called like a teacher is `./NAME`
 * @throws {UsageError} for a reference that is no model here. @throws {DistilleryError} for a damaged one
 */
export async function loadTeacher(reference: string): Promise<EmbeddingModel> {
  return reference === bundledName ? loadBundled() : loadModel(resolveModel(reference));
}
