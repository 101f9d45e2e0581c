/** @file The uids of a subset as DataComp's resharder reads them: a sorted .npy array of pairs of unsigned 64-bit numbers. */

import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { writeWhole } from '../store/files.ts';
import { structuredNpyHeader } from '../store/npy.ts';
import { protectSources } from './protect.ts';
import type { ExportedSample } from './samples.ts';
import { openSubset, readSubset, type SubsetInput, type SubsetOptions } from './subset.ts';
import type { ExportResult } from './table.ts';

export interface UidsOptions extends SubsetOptions {
  out: string;
  /** `hash`: the first 128 bits of the picture's sha256 stand for a uid, for all samples. */
  from?: 'uid' | 'hash' | undefined;
}

export interface UidsResult extends ExportResult {
  /** Samples whose uid an earlier one has too; the resharder would repeat these. */
  repeated: number;
}

/** 32-bit parts of a uid, the highest first. */
const parts = 4;

/**
 * Writes `[n]` of dtype [('f0', '<u8'), ('f1', '<u8')], ascending: high and low half of each uid, each once.
 * 20 bytes of memory a sample. Rows of the result are uids.
 * @throws {UsageError} when `out` cannot be written
 * @throws {DistilleryError} naming the first sample without a uid
 */
export async function exportUids(
  input: SubsetInput,
  { out, from, ...options }: UidsOptions,
  context: StageContext,
): Promise<UidsResult> {
  const { bytes, rows, repeated } = await collectUids(input, { out, from, ...options }, context);
  await writeWhole(path.resolve(out), bytes);
  return { path: path.resolve(out), rows, repeated };
}

/** The file's bytes. @throws as {@link exportUids} */
export async function collectUids(
  input: SubsetInput,
  { out, from = 'uid', ...options }: UidsOptions,
  context: StageContext,
): Promise<{ bytes: Buffer; rows: number; repeated: number }> {
  if (path.extname(out).toLowerCase() !== '.npy') throw new UsageError(`${out} does not end with .npy.`);
  const subset = await openSubset(input, options);
  await protectSources(input.workspace, out);
  const pages: Uint32Array[] = [];
  for await (const samples of readSubset(subset, context)) {
    pages.push(Uint32Array.from(samples.flatMap((sample) => wordsOf(uidOf(sample, from)))));
  }
  const words = joined(pages);
  const order = sortedRows(words);
  const bytes = Buffer.alloc(order.length * 16);
  let rows = 0;
  order.forEach((row, i) => {
    if (i > 0 && compare(words, row, order[i - 1]!) === 0) return;
    const [a, b, c, d] = words.subarray(row * parts, (row + 1) * parts);
    // high half, then low half, each little-endian
    for (const [at, word] of [b!, a!, d!, c!].entries()) bytes.writeUInt32LE(word, rows * 16 + at * 4);
    rows += 1;
  });
  const header = structuredNpyHeader("[('f0', '<u8'), ('f1', '<u8')]", [rows]);
  return { bytes: Buffer.concat([header, bytes.subarray(0, rows * 16)]), rows, repeated: order.length - rows };
}

function uidOf({ id, path: name, uid, hash }: ExportedSample, from: 'uid' | 'hash'): string {
  const found = from === 'hash' ? hash?.slice(0, 32) : uid;
  if (found && /^[\da-f]{32}$/i.test(found)) return found;
  throw new DistilleryError(
    from === 'hash'
      ? `Sample ${id} (${name}) has no hash: it was imported without a picture.`
      : `Sample ${id} (${name}) has no uid of 32 hexadecimal digits. Take the hashes of the pictures with --uids-from hash.`,
  );
}

const wordsOf = (uid: string): number[] =>
  Array.from({ length: parts }, (_, i) => Number.parseInt(uid.slice(8 * i, 8 * i + 8), 16));

function joined(pages: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(pages.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const page of pages) {
    all.set(page, at);
    at += page.length;
  }
  return all;
}

/** Row numbers of `[n, 4]` in ascending order of the rows. */
function sortedRows(words: Uint32Array): Uint32Array {
  const order = Uint32Array.from({ length: words.length / parts }, (_, row) => row);
  return order.sort((a, b) => compare(words, a, b));
}

function compare(words: Uint32Array, a: number, b: number): number {
  for (let i = 0; i < parts; i++) {
    const difference = words[a * parts + i]! - words[b * parts + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
