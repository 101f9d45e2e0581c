/** @file A folder of class folders, with train/, val/ and test/ above them where they exist, captions in files beside the images. */

import type { Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { checkpoint, type StageContext } from '../progress.ts';
import { lines, splitOf, type Example, type SplitName } from './example.ts';

const imageEnding = /\.(jpe?g|png|webp|gif|avif|tiff?|bmp)$/i;
/** Deeper folders are taken for a loop of links. */
const deepest = 16;

/** Images in name order; the label is the first folder under the root or under its split. */
export async function readFolder(root: string, context: StageContext): Promise<Example[]> {
  const names = (await entriesOf(root)).filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  const splits = names.map(splitOf);
  const examples: Example[] = [];
  if (names.length === 0 || splits.includes(undefined)) await readSplit(root, examples, context);
  else {
    for (const [i, name] of names.entries()) await readSplit(path.join(root, name), examples, context, splits[i]);
  }
  return examples;
}

/** Adds the images of a split. */
async function readSplit(root: string, examples: Example[], context: StageContext, split?: SplitName): Promise<void> {
  for await (const { file, sideCar } of walk(root, 0)) {
    const parts = path.relative(root, file).split(path.sep);
    const captions = sideCar === undefined ? [] : await readCaptions(sideCar);
    examples.push({ picture: file, captions, ...(parts.length > 1 && { label: parts[0]! }), ...(split && { split }) });
    if (examples.length % 1000 > 0) continue;
    context.onProgress({ stage: 'read folder', done: examples.length, total: 0, unit: 'images' });
    await checkpoint(context);
  }
}

async function* walk(folder: string, depth: number): AsyncGenerator<{ file: string; sideCar: string | undefined }> {
  const entries = await entriesOf(folder);
  const files = new Set(entries.filter(({ kind }) => kind === 'file').map(({ name }) => name));
  for (const { name, kind } of entries) {
    const file = path.join(folder, name);
    if (kind === 'folder' && depth < deepest) yield* walk(file, depth + 1);
    else if (kind === 'file' && imageEnding.test(name)) {
      const sideCar = ['.txt', '.json']
        .map((ending) => name.replace(imageEnding, ending))
        .find((own) => files.has(own));
      yield { file, sideCar: sideCar && path.join(folder, sideCar) };
    }
  }
}

interface Entry {
  name: string;
  kind: 'file' | 'folder';
}

/** Files and folders that are not hidden, in name order, through links. */
async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const kind = entry.name.startsWith('.') ? undefined : await kindOf(folder, entry);
    if (kind) entries.push({ name: entry.name, kind });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function kindOf(folder: string, entry: Dirent): Promise<Entry['kind'] | undefined> {
  // a link that leads nowhere is no entry
  const found = entry.isSymbolicLink() ? await stat(path.join(folder, entry.name)).catch(() => undefined) : entry;
  if (found?.isDirectory()) return 'folder';
  return found?.isFile() ? 'file' : undefined;
}

const sideCarSchema = z.object({ caption: z.string().optional(), captions: z.array(z.string()).optional() });

/** Lines of name.txt, or `caption` and `captions` of name.json; none where it cannot be read. */
async function readCaptions(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (file.endsWith('.txt')) return lines(text);
  try {
    const { caption, captions = [] } = sideCarSchema.parse(JSON.parse(text));
    return caption === undefined ? captions : [caption, ...captions];
  } catch {
    return [];
  }
}
