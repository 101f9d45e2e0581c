/**
 * @file WebDataset as CLIP_benchmark writes and reads it: NAME/test/0.tar, 1.tar, ... with pictures and .cls or .txt members, beside
 * them classnames.txt and zeroshot_classification_templates.txt. A folder of .tar files or one .tar will do as well.
 */

import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { openBytes, type ByteSource } from '../archive/byteSource.ts';
import { readSamples, type Member, type Sample } from '../archive/tarSamples.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { lines, splitOf, type EvaluationData, type Example, type SplitName } from './example.ts';

const pictureEndings = ['webp', 'png', 'jpg', 'jpeg'];
/** Longer labels and captions are no labels and captions. */
const maximumText = 1 << 20;

interface Shard {
  file: string;
  split?: SplitName;
}

/** Undefined where there are no .tar files. @throws {UsageError} for shards that are missing, compressed or of several labels an image */
export async function readWebDataset(source: string, context: StageContext): Promise<EvaluationData | undefined> {
  const folder = (await stat(source)).isDirectory();
  const shards = folder ? await shardsOf(source) : source.endsWith('.tar') ? [{ file: source }] : [];
  if (shards.length === 0) return undefined;
  const home = folder ? source : path.dirname(source);
  const kind = (await textOf(path.join(home, 'dataset_type.txt')))?.trim().toLowerCase();
  if (kind === 'multilabel') {
    throw new UsageError(
      `${source} has several labels an image (dataset_type.txt says multilabel), which no task here measures.`,
    );
  }
  const examples: Example[] = [];
  for (const [done, shard] of shards.entries()) {
    for await (const example of readShard(shard)) {
      examples.push(example);
      if (examples.length % 1000 === 0) await checkpoint(context);
    }
    context.onProgress({ stage: 'read shards', done: done + 1, total: shards.length, unit: 'shards' });
  }
  const names = await textOf(path.join(home, 'classnames.txt'));
  const templates = lines((await textOf(path.join(home, 'zeroshot_classification_templates.txt'))) ?? '');
  return {
    examples,
    ...(names !== undefined && names.trim() !== '' && { classNames: listOf(names) }),
    ...(templates.length > 0 && { templates }),
  };
}

/** Shards under the folders of splits, else those of the folder itself. */
async function shardsOf(root: string): Promise<Shard[]> {
  const shards: Shard[] = [];
  const entries = await readdir(root, { withFileTypes: true });
  for (const { name } of entries) {
    const split = splitOf(name);
    const folder = path.join(root, name);
    if (split === undefined || !(await stat(folder)).isDirectory()) continue;
    const files = await tarsIn(folder);
    await checkCount(folder, files);
    shards.push(...files.map((file) => ({ file, split })));
  }
  return shards.length > 0 ? shards : (await tarsIn(root)).map((file) => ({ file }));
}

/** 2.tar before 10.tar. */
async function tarsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tar') && !name.startsWith('.'));
  return names.sort(new Intl.Collator('en', { numeric: true }).compare).map((name) => path.join(folder, name));
}

/** A result over half of the shards would look like one over all. */
async function checkCount(folder: string, files: readonly string[]): Promise<void> {
  const expected = (await textOf(path.join(folder, 'nshards.txt')))?.trim();
  if (expected === undefined || files.length === 0 || Number(expected) === files.length) return;
  throw new UsageError(
    `${folder} has ${files.length} .tar files, its nshards.txt says ${JSON.stringify(expected.slice(0, 40))}. Fetch the missing ones, or correct that file.`,
  );
}

async function* readShard({ file, split }: Shard): AsyncGenerator<Example> {
  const bytes = await openBytes(file);
  try {
    if (bytes.compressed) {
      throw new UsageError(
        `${file} is compressed; pictures are read in place. Unpack it first: gunzip -k -S .tar.gz FILE, or zcat.`,
      );
    }
    if (bytes.fault !== undefined) throw new DistilleryError(`${file}: ${bytes.fault}.`);
    for await (const sample of readSamples(bytes))
      yield { ...(await exampleOf(file, sample, bytes)), ...(split && { split }) };
  } finally {
    await bytes.close();
  }
}

async function exampleOf(file: string, sample: Sample, bytes: ByteSource): Promise<Example> {
  const { members } = sample;
  const picture = pictureEndings.map((ending) => members.find((member) => member.ending === ending)).find(Boolean);
  const { offset = 0, length = 0 } = picture ?? members[0] ?? {};
  const problem = sample.problem ?? (picture === undefined ? `no picture (${pictureEndings.join(', ')})` : undefined);
  const example: Example = { picture: { file, offset, length, encoding: null }, captions: [] };
  if (problem !== undefined) return { ...example, problem: `${problem} in sample ${sample.key.slice(0, 200)}` };
  const read = async (ending: string): Promise<string | undefined> => {
    const member = members.find((other) => other.ending === ending);
    return member && textOfMember(member, bytes);
  };
  const label = (await read('cls'))?.trim();
  return {
    ...example,
    captions: lines((await read('txt')) ?? ''),
    ...(label !== undefined && label !== '' && { label }),
  };
}

async function textOfMember({ offset, length }: Member, bytes: ByteSource): Promise<string | undefined> {
  return length > maximumText ? undefined : (await bytes.read(offset, length)).toString('utf8');
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** An empty line in the middle is a class, as for CLIP_benchmark: the others keep their places. */
function listOf(text: string): string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
}
