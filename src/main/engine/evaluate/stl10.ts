/**
 * @file STL-10, the binary version (https://cs.stanford.edu/~acoates/stl10/): train_X.bin and test_X.bin hold pictures of 96 x 96, each as red, green and
 * blue plane, and each plane column after column; train_y.bin and test_y.bin a label byte for each, from 1; class_names.txt a name a line.
 * unlabeled_X.bin has no labels and is left alone.
 */

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import { lines, type EvaluationData, type Example, type SplitName } from './example.ts';
import { readRaw } from './rawFile.ts';

/** Where the archive unpacks to. */
const folderName = 'stl10_binary';
const side = 96;
const pixels = 3 * side * side;
const classes = 10;

/** Undefined for other folders. @throws {DistilleryError} for files that are cut or do not belong together */
export async function readStl10(root: string): Promise<EvaluationData | undefined> {
  for (const folder of [root, path.join(root, folderName)]) {
    const present: string[] = await readdir(folder).catch(() => []);
    const splits = (['train', 'test'] as const).filter((split) => present.includes(`${split}_X.bin`));
    if (splits.length === 0 || !splits.some((split) => present.includes(`${split}_y.bin`))) continue;
    const examples: Example[][] = [];
    for (const split of splits) examples.push(await readSplit(folder, split));
    const classNames = lines(await readFile(path.join(folder, 'class_names.txt'), 'utf8').catch(() => ''));
    return { examples: examples.flat(), ...(classNames.length === classes && { classNames }) };
  }
  return undefined;
}

async function readSplit(folder: string, split: SplitName): Promise<Example[]> {
  const [file, labelFile] = [path.join(folder, `${split}_X.bin`), path.join(folder, `${split}_y.bin`)];
  const [bytes, labels] = [await readRaw(file), await readRaw(labelFile)];
  if (bytes.length === 0 || bytes.length !== labels.length * pixels) {
    throw new DistilleryError(
      `${file} has ${bytes.length} bytes, ${labelFile} ${labels.length} labels of pictures of ${pixels} bytes: one is cut or something else. Fetch them again.`,
    );
  }
  return Array.from(labels, (label, i) => {
    if (label < 1 || label > classes) {
      throw new DistilleryError(`${labelFile}, label ${i}: ${label} is none of 1 to ${classes}.`);
    }
    const planes = bytes.subarray(i * pixels, (i + 1) * pixels);
    const size = { channels: 3, width: side, height: side, byColumns: true } as const;
    return {
      picture: { name: `${file} (picture ${i})`, planes, ...size },
      captions: [],
      label: String(label - 1),
      split,
    };
  });
}
