/** @file A trained student as a folder that open_clip or transformers loads. */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { loadModel, saveModel } from '../clip/model.ts';
import { UsageError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { writeWhole } from '../store/files.ts';
import { checkAbove } from './protect.ts';
import type { ExportResult } from './table.ts';
import { saveForTransformers } from './transformers.ts';

export const filesOf = {
  open_clip: ['open_clip_model.safetensors', 'open_clip_config.json'],
  transformers: [
    ...['model.safetensors', 'config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'],
    ...['special_tokens_map.json', 'vocab.json', 'merges.txt'],
  ],
};
const modelFiles = Object.values(filesOf).flat();
/** Says which files an export wrote, so that a later one may replace them and no others. */
export const studentReceipt = 'distillery.json';
/** sha256 by file name; several while files are being replaced. */
const receiptSchema = z.object({ model: z.string(), files: z.record(z.string(), z.array(z.string())) });
type Hashes = Record<string, string[]>;

export interface StudentInput {
  /** An open_clip folder: a checkpoint of a run. */
  model: string;
}

export interface StudentOptions {
  out: string;
  format: keyof typeof filesOf;
}

/**
 * Writes open_clip_model.safetensors and open_clip_config.json, which `open_clip.create_model('local-dir:OUT')` loads.
 * Or what `CLIPModel.from_pretrained(OUT)` and `CLIPProcessor.from_pretrained(OUT)` load. Rows of the result are tensors of
 * the student.
 * @throws {UsageError} when `out` holds such files that no export wrote, or CLIPModel cannot express the student.
 */
export async function exportStudent(
  { model: source }: StudentInput,
  options: StudentOptions,
  context: StageContext,
): Promise<ExportResult> {
  const { format } = options;
  const out = path.resolve(options.out);
  const before = await checkTarget(out);
  const model = await loadModel(source);
  await checkpoint(context);
  // beside the new folder, or inside one that is there: always on the same disk
  const partial = before ? path.join(out, `.${process.pid}.partial`) : `${out}.${process.pid}.partial`;
  try {
    const save = format === 'transformers' ? saveForTransformers : saveModel;
    await save(partial, model.config, model.weights);
    const after = await hashesOf(partial);
    if (before) {
      // a crash between the renames leaves files that the next export may replace, whichever they are
      await writeReceipt(out, source, merged(before, after));
      for (const name of filesOf[format]) await rename(path.join(partial, name), path.join(out, name));
      // files of the other format may lie beside them
      await writeReceipt(out, source, { ...before, ...after });
    } else {
      await writeReceipt(partial, source, after);
      await rename(partial, out);
    }
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { path: out, rows: model.weights.size };
}

/** What an earlier export wrote into an existing folder; undefined for a new one. @throws {UsageError} */
export async function checkTarget(out: string): Promise<Hashes | undefined> {
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) {
    await checkAbove(out);
    return undefined;
  }
  if (!found.isDirectory()) throw new UsageError(`${out} is a file. Name a folder for the student with --out.`);
  const ours = await readReceipt(path.join(out, studentReceipt));
  for (const [name, [hash]] of Object.entries(await hashesOf(out))) {
    if (!ours[name]?.includes(hash!)) throw refusal(path.join(out, name));
  }
  return ours;
}

async function readReceipt(file: string): Promise<Hashes> {
  if (!existsSync(file)) return {};
  try {
    return receiptSchema.parse(JSON.parse(await readFile(file, 'utf8'))).files;
  } catch {
    throw refusal(file);
  }
}

const refusal = (file: string): UsageError =>
  new UsageError(`${file} was not written by an export and is not overwritten. Choose another folder with --out.`);

async function writeReceipt(dir: string, model: string, files: Hashes): Promise<void> {
  await writeWhole(path.join(dir, studentReceipt), JSON.stringify({ model, files }, null, 2) + '\n');
}

const merged = (a: Hashes, b: Hashes): Hashes =>
  Object.fromEntries(modelFiles.map((name) => [name, [...(a[name] ?? []), ...(b[name] ?? [])]]));

/** Of the model files that are there. */
async function hashesOf(dir: string): Promise<Hashes> {
  const hashes: Hashes = {};
  for (const name of modelFiles) {
    const file = path.join(dir, name);
    if (!existsSync(file)) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    hashes[name] = [hash.digest('hex')];
  }
  return hashes;
}
