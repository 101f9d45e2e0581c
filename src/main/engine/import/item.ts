/** @file What every format yields: one image-text pair of the source, not yet looked at. */

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FilePart } from '../pictureSource.ts';

export interface Item {
  /** As the source names it. */
  path: string;
  /** Absolute; null when the source names no local file. */
  file: string | null;
  /** Of a picture inside that file. */
  part?: Omit<FilePart, 'file'> | undefined;
  /** CRC-32 of the picture's bytes, where the archive has one. */
  checksum?: number | undefined;
  /**
   * What cannot be read in place later: it is copied into the workspace, see pack.ts. The picture itself, or with `part`
   * (and `members`) all of the sample; their offsets count from its first byte then.
   */
  content?: Uint8Array | undefined;
  /** Gets the picture, where that costs something: called only for a pair that is not known as good. Never throws. */
  load?: (() => Promise<Partial<Pick<Item, 'file' | 'content' | 'problem'>>>) | undefined;
  /** All members of a WebDataset sample in its shard, the picture's among them. */
  members?: { ending: string; offset: number; length: number }[] | undefined;
  /** 32 hexadecimal digits, as DataComp names a pair. */
  uid?: string | undefined;
  /** Of an archive's member, milliseconds since 1970; of a file it is looked up. */
  modified?: number | undefined;
  caption: string;
  label: string | null;
  /** Why the pair cannot be used, when the source itself shows it. Short; details follow after `: `. */
  problem?: string | undefined;
}

/** A source that can be read from its start as often as needed, in the same order. */
export interface ItemSource {
  /**
   * What makes an item the same one when the source is read again: its path (a folder grows anywhere), or its
   * row (a table grows at its end).
   */
  identity: 'path' | 'row';
  /** Columns that were chosen; kept with the dataset, so that a repeated import reads the same ones. */
  columns: Record<string, string>;
  /** How many items there are; may have to walk all of it. Null where it is not known before all is read, or `signal` aborts. */
  count: (signal?: AbortSignal) => Promise<number | null>;
  items: () => AsyncIterable<Item> | Iterable<Item>;
}

/** Length of a stream, without holding it; null when `signal` aborts before its end. */
export async function countItems(items: AsyncIterable<unknown>, signal?: AbortSignal): Promise<number | null> {
  let count = 0;
  for await (const _ of items) {
    if (signal?.aborted) return null;
    count++;
  }
  return count;
}

const maximumCaption = 10_000;
const maximumPath = 4096;

/** Text of a cell as a caption: without NUL and lone surrogates, trimmed, cut at 10,000 characters. */
export function cleanCaption(value: unknown): string {
  const clean = textOf(value).replaceAll('\0', '').toWellFormed().trim();
  // a cut never leaves half a surrogate pair
  return clean.length <= maximumCaption ? clean : clean.slice(0, maximumCaption).replace(/[\ud800-\udbff]$/, '');
}

/** Text of a cell as a label, null where there is none. */
export function cleanLabel(value: unknown): string | null {
  return cleanCaption(value).slice(0, 1000).toWellFormed() || null;
}

/** A string as it is, a number as text, bytes as UTF-8, the first of a list; everything else is no text. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return textOf(value[0]);
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** The uid in a cell, undefined where it holds something else. */
export function uidOf(value: unknown): string | undefined {
  const uid = textOf(value).toLowerCase();
  return /^[0-9a-f]{32}$/.test(uid) ? uid : undefined;
}

/** An item of a table's row; a relative path counts from `folder`. */
export function itemOfRow(folder: string, cell: unknown, caption: unknown, label: unknown): Item {
  const named = textOf(cell).trim();
  return {
    path: named.slice(0, maximumPath).replaceAll('\0', '').toWellFormed(),
    ...resolvePath(folder, named),
    caption: cleanCaption(caption),
    label: cleanLabel(label),
  };
}

/**
 * As {@link resolvePath}, for paths that somebody else wrote down: they stay inside `folder`.
 * A link there may still lead elsewhere; it is the user's own.
 */
export function resolveInside(folder: string, named: string): Pick<Item, 'file' | 'problem'> {
  const found = resolvePath(folder, named);
  if (!found.file || (!path.isAbsolute(named) && found.file.startsWith(path.resolve(folder) + path.sep))) return found;
  return { file: null, problem: 'path leads out of the folder of the pictures' };
}

/** The local file that a path or file:// address names, or the problem with it. */
export function resolvePath(folder: string, named: string): Pick<Item, 'file' | 'problem'> {
  if (named === '') return { file: null, problem: 'no path' };
  if (named.length > maximumPath || named.includes('\0')) return { file: null, problem: 'path is not valid' };
  if (/^file:/i.test(named)) {
    try {
      return { file: path.resolve(fileURLToPath(named)) };
    } catch {
      return { file: null, problem: 'path is not valid' };
    }
  }
  if (/^([a-z][a-z0-9+.-]*:\/\/|data:)/i.test(named)) return { file: null, problem: 'remote address, not downloaded' };
  return { file: path.resolve(folder, named) };
}
