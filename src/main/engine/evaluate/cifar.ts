/**
 * @file CIFAR-10 and CIFAR-100, the "binary version" (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label byte (CIFAR-100: coarse,
 * then fine) and 3072 bytes of a 32 x 32 picture, red plane, green plane, blue plane. The "python version" is a pickle.
 */

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { lines, type EvaluationData, type Example, type SplitName } from './example.ts';
import { readRaw } from './rawFile.ts';

interface Layout {
  title: string;
  /** Where the archive unpacks to. */
  folder: string;
  pickled: string;
  files: Record<string, SplitName>;
  names: string;
  classes: number;
  labelBytes: number;
}

const layouts: Layout[] = [
  {
    title: 'CIFAR-10',
    folder: 'cifar-10-batches-bin',
    pickled: 'cifar-10-batches-py',
    files: {
      'data_batch_1.bin': 'train',
      'data_batch_2.bin': 'train',
      'data_batch_3.bin': 'train',
      'data_batch_4.bin': 'train',
      'data_batch_5.bin': 'train',
      'test_batch.bin': 'test',
    },
    names: 'batches.meta.txt',
    classes: 10,
    labelBytes: 1,
  },
  {
    title: 'CIFAR-100',
    folder: 'cifar-100-binary',
    pickled: 'cifar-100-python',
    files: { 'train.bin': 'train', 'test.bin': 'test' },
    names: 'fine_label_names.txt',
    classes: 100,
    labelBytes: 2,
  },
];
const side = 32;
const pixels = 3 * side * side;

/** Undefined for other folders. @throws {DistilleryError} for damaged files, {UsageError} for the pickled version */
export async function readCifar(root: string): Promise<EvaluationData | undefined> {
  for (const layout of layouts) {
    for (const folder of [root, path.join(root, layout.folder)]) {
      const present = new Set(await readdir(folder).catch(() => []));
      const files = Object.entries(layout.files).filter(([name]) => present.has(name));
      if (files.length > 0) return readLayout(folder, layout, files);
      if (present.has(layout.pickled)) {
        throw new UsageError(
          `${path.join(folder, layout.pickled)} is the Python version of ${layout.title}, a pickle, which can run any code when it is opened. ` +
            `Fetch the binary version (${layout.folder}) from https://www.cs.toronto.edu/~kriz/cifar.html.`,
        );
      }
    }
  }
  return undefined;
}

async function readLayout(folder: string, layout: Layout, files: [string, SplitName][]): Promise<EvaluationData> {
  const examples: Example[][] = [];
  for (const [name, split] of files) {
    const file = path.join(folder, name);
    examples.push(recordsOf(await readRaw(file), file, layout).map((example) => ({ ...example, split })));
  }
  const classNames = lines(await readFile(path.join(folder, layout.names), 'utf8').catch(() => ''));
  return { examples: examples.flat(), ...(classNames.length === layout.classes && { classNames }) };
}

function recordsOf(bytes: Buffer, file: string, { title, classes, labelBytes }: Layout): Example[] {
  const record = labelBytes + pixels;
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw new DistilleryError(
      `${file} has ${bytes.length} bytes, no multiple of ${record}, the size of a ${title} record: it is cut or something else. Fetch it again.`,
    );
  }
  return Array.from({ length: bytes.length / record }, (_, i) => {
    const label = bytes[i * record + labelBytes - 1]!;
    if (label >= classes) {
      throw new DistilleryError(`${file}, record ${i}: the label ${label} is none of the ${classes} of ${title}.`);
    }
    const planes = bytes.subarray(i * record + labelBytes, (i + 1) * record);
    const picture = { name: `${file} (record ${i})`, planes, channels: 3, width: side, height: side } as const;
    return { picture, captions: [], label: String(label) };
  });
}
