/** @file The teacher of a set of embeddings, found again: the very one that made the rows, so that a query lies among them. */

import { createEncoder, type Encoder } from '../clip/encoder.ts';
import { loadPixels } from '../clip/preprocess.ts';
import { precisions, rowsFingerprint, storages, type Precision } from '../clip/rowsFingerprint.ts';
import { towersOf, type EmbeddingModel } from '../clip/towers.ts';
import { UsageError, messageOf } from '../errors.ts';
import { saveManifest, type EmbeddingSet } from '../store/embeddings.ts';
import { loadTeacher } from '../teacher/load.ts';
import { bundledName } from '../teacher/parts.ts';
import { absoluteModel, keptReference } from '../teacher/reference.ts';

/** Embeds queries one at a time; vectors `[dim]` of unit length. */
export interface QueryEncoder {
  text: (text: string) => Promise<Float32Array>;
  /** @throws {DistilleryError} with the reason when the file cannot be used */
  picture: (file: string) => Promise<Float32Array>;
  dispose: () => void;
}

/** Of sets whose rows came from elsewhere, see import/embeddings.ts. */
const imported = 'imported';

/**
 * Loads the teacher of a set.
 * @param model where it lies; otherwise where the manifest says. It is kept in the manifest for the next time.
 * @throws {UsageError} when it is not known or gone, or another model lies there
 */
export async function openTeacher(workspaceDir: string, set: EmbeddingSet, model?: string): Promise<QueryEncoder> {
  const { manifest } = set;
  const kept = manifest.reference ?? (manifest.teacher === bundledName ? bundledName : undefined);
  const reference = model ?? (kept && absoluteModel(workspaceDir, kept));
  if (reference === undefined) throw new UsageError(`${unknownTeacher(set)} ${remedy(set)}`);
  const teacher = await loadTeacher(reference).catch((error: unknown) => {
    if (model !== undefined) throw error;
    throw new UsageError(
      `The teacher of these embeddings cannot be loaded any more: ${messageOf(error)} ${remedy(set)}`,
      { cause: error },
    );
  });
  const precision = precisionOf(set, teacher, reference);
  if (model !== undefined && manifest.reference !== keptReference(workspaceDir, model)) {
    manifest.reference = keptReference(workspaceDir, model);
    await saveManifest(set);
  }
  return queryEncoder(teacher, precision);
}

function unknownTeacher({ manifest, dir }: EmbeddingSet): string {
  return manifest.fingerprint === imported
    ? `The embeddings in ${dir} were imported; which model made them is not known.`
    : `The embeddings in ${dir} do not say where their teacher ${manifest.teacher} lies.`;
}

const remedy = ({ manifest }: EmbeddingSet): string =>
  `Say where it lies, once: distillery search ... --teacher ${manifest.teacher} --model FOLDER. Search by --sample needs no teacher.`;

/** The precision with which this model made the rows. @throws {UsageError} when it did not make them */
function precisionOf({ manifest, dir }: EmbeddingSet, teacher: EmbeddingModel, reference: string): Precision {
  const { embedDim } = teacher.config;
  if (embedDim !== manifest.dim) {
    throw new UsageError(
      `The model in ${reference} makes vectors of ${embedDim} numbers; those in ${dir} have ${manifest.dim}.`,
    );
  }
  // of imported rows the width is all that can be checked
  if (manifest.fingerprint === imported) return 'fp32';
  const made = precisions.find((precision) =>
    storages.some((storage) => rowsFingerprint(teacher.fingerprint, precision, storage) === manifest.fingerprint),
  );
  if (made) return made;
  throw new UsageError(
    `The model in ${reference} is not the one that made the embeddings in ${dir}: its weights or its configuration changed. ` +
      'Embed the dataset again with it, or name the former model with --model FOLDER.',
  );
}

async function queryEncoder(teacher: EmbeddingModel, precision: Precision): Promise<QueryEncoder> {
  const { config } = teacher;
  const tokenizer = await towersOf(teacher).loadTokenizer();
  const encoder: Encoder = createEncoder(teacher, { precision, batch: 1 });
  return {
    text: (text) => Promise.resolve(encoder.encodeTexts(tokenizer.encode([text], config.text.contextLength))),
    picture: async (file) => encoder.encodeImages(await loadPixels(file, config)),
    dispose: () => {
      encoder.dispose();
    },
  };
}
