/** @file What the user names as sources: files and folders, patterns, brace ranges, and lists of them in a file. */

import { glob, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError, messageOf } from '../errors.ts';
import { joinSources } from '../sourceText.ts';
import { naturalOrder } from './naturalOrder.ts';

/** One file or folder. */
export interface Source {
  /** Absolute. */
  path: string;
  /** Tells its pictures from those of the others: goes before their paths. Empty where there is only one. */
  name: string;
}

export interface Sources {
  /** As the dataset keeps it. */
  text: string;
  list: Source[];
}

const maximumSources = 1_000_000;
const maximumList = 256 << 20;
const magic = /[*?[]/;
/** `{a,b}` or `{00..99}` without braces inside. */
const braces = /\{([^{}]*,[^{}]*|\d+\.\.\d+)\}/;

/** A source named from `base`: paths, patterns and @lists become absolute. */
export const absoluteSource = (base: string, named: string): string =>
  named.startsWith('@') ? `@${path.resolve(base, named.slice(1))}` : path.resolve(base, named);

/**
 * Files and folders that `named` stands for, each once: in the order of `named`, the matches of a pattern in natural order.
 * @throws {UsageError} when a pattern matches nothing, a list cannot be read, or nothing is named.
 */
export async function findSources(named: readonly string[]): Promise<Sources> {
  const words = named.map((word) => absoluteSource(process.cwd(), word));
  const broken = words.find((word) => /[\n\0]/.test(word));
  if (broken !== undefined) throw new UsageError(`The path ${JSON.stringify(broken)} cannot be a source.`);
  const found = new Map<string, string>();
  for (const word of words) {
    const lines = word.startsWith('@') ? await readList(word.slice(1)) : [word];
    for (const line of lines) {
      for await (const file of expand(line)) {
        if (!found.has(file)) found.set(file, path.relative(baseOf(line), file).replaceAll(path.sep, '/'));
        if (found.size > maximumSources) throw new UsageError(`${word} stands for more than a million sources.`);
      }
    }
  }
  if (found.size === 0) throw new UsageError('Name a source: a folder, a file or a pattern such as "shards/*.tar".');
  // a source that may grow later keeps the paths that it has now
  const single = found.size === 1 && found.has(words[0]!);
  return { text: joinSources(words), list: single ? [{ path: words[0]!, name: '' }] : withNames(found) };
}

async function readList(file: string): Promise<string[]> {
  try {
    const { size } = await stat(file);
    if (size > maximumList) throw new UsageError(`it has ${size} bytes`);
    const lines = (await readFile(file, 'utf8')).replace(/^\ufeff/, '').split(/\r?\n/);
    return lines.flatMap((line) => (line.trim() === '' ? [] : [path.resolve(path.dirname(file), line.trim())]));
  } catch (error) {
    throw new UsageError(`The list of sources ${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

async function* expand(word: string): AsyncGenerator<string> {
  if (await exists(word)) {
    yield word; // whatever characters are in its name
    return;
  }
  let count = 0;
  for (const pattern of expandBraces(word)) {
    if (++count > maximumSources) throw new UsageError(`${word} stands for more than a million sources.`);
    if (!magic.test(pattern) || (await exists(pattern))) {
      yield pattern;
      continue;
    }
    const matches: string[] = [];
    for await (const match of glob(pattern)) {
      if (!path.basename(match).startsWith('.') || path.basename(pattern).startsWith('.')) matches.push(match);
    }
    if (matches.length === 0) throw new UsageError(`Nothing matches ${pattern}.`);
    yield* matches.sort(naturalOrder);
  }
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** As webdataset writes lists of shards: `part-{00000..00099}.tar`, `{train,val}.csv`. */
export function* expandBraces(text: string): Generator<string> {
  const match = braces.exec(text);
  if (match === null) {
    yield text;
    return;
  }
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  for (const choice of choicesOf(match[1]!)) yield* expandBraces(before + choice + after);
}

function* choicesOf(inside: string): Generator<string> {
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  if (range === null) {
    yield* inside.split(',');
    return;
  }
  const [first, last] = [range[1]!, range[2]!];
  if (Math.abs(Number(last) - Number(first)) >= maximumSources)
    throw new UsageError(`{${inside}} stands for more than a million sources.`);
  const padded = /^0\d/.test(first) || /^0\d/.test(last);
  const width = padded ? Math.max(first.length, last.length) : 0;
  const step = Number(first) <= Number(last) ? 1 : -1;
  for (let i = Number(first); ; i += step) {
    yield String(i).padStart(width, '0');
    if (i === Number(last)) return;
  }
}

/** The folder that names of matches count from: the last one without a pattern in it. */
function baseOf(word: string): string {
  const parts = word.split(path.sep);
  const at = parts.findIndex((part) => magic.test(part) || braces.test(part));
  return at <= 0 ? path.dirname(word) : parts.slice(0, at).join(path.sep) || path.sep;
}

/** The same name twice is numbered: photos, photos-2. */
function withNames(found: ReadonlyMap<string, string>): Source[] {
  const taken = new Set<string>();
  return Array.from(found, ([file, wanted]) => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}-${i}`;
    taken.add(name);
    return { path: file, name };
  });
}
