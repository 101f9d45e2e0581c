/**
 * @file IDX, the format of MNIST and Fashion-MNIST: big-endian magic (two zero bytes, type, dimensions), sizes, bytes.
 * (Y. LeCun, C. Cortes, C. Burges, "The MNIST database", file formats.)
 */

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import type { EvaluationData, Example, SplitName } from './example.ts';
import { readRaw } from './rawFile.ts';

const imageFile = /^(.*?)(train|t10k|test|val)-images([-.])idx3-ubyte(\.gz)?$/;
/** Where torchvision keeps them. */
const subfolders = ['.', 'raw', 'MNIST/raw', 'FashionMNIST/raw'];
const unsignedByte = 0x08;

/** Undefined for folders without IDX pictures. @throws {DistilleryError} for damaged files and ones that do not fit */
export async function readIdx(root: string): Promise<EvaluationData | undefined> {
  for (const subfolder of subfolders) {
    const folder = path.join(root, subfolder);
    const names: string[] = await readdir(folder).catch(() => []);
    const parts = names.sort().flatMap((name) => {
      const [, before = '', part = '', dot = '-', packed = ''] = imageFile.exec(name) ?? [];
      // of the same file packed and unpacked the latter will do
      if (part === '' || (packed !== '' && names.includes(name.slice(0, -packed.length)))) return [];
      const stem = `${before}${part}-labels${dot}idx1-ubyte`;
      return [{ images: name, labels: names.includes(stem) ? stem : `${stem}.gz`, split: splitOfPart(part) }];
    });
    if (parts.length === 0) continue;
    const examples: Example[][] = [];
    for (const part of parts) examples.push(await readPart(folder, part));
    return { examples: examples.flat() };
  }
  return undefined;
}

const splitOfPart = (part: string): SplitName => (part === 'train' || part === 'val' ? part : 'test');

async function readPart(
  folder: string,
  part: { images: string; labels: string; split: SplitName },
): Promise<Example[]> {
  const [images, labels] = [path.join(folder, part.images), path.join(folder, part.labels)];
  const pixels = parseIdx(await readRaw(images), 3, images);
  const classes = parseIdx(await readRaw(labels), 1, labels);
  const [count = 0, height = 0, width = 0] = pixels.sizes;
  if (classes.sizes[0] !== count) {
    throw new DistilleryError(
      `${images} holds ${count} pictures, ${labels} ${classes.sizes[0]!} labels; they do not belong together.`,
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const planes = pixels.data.subarray(i * height * width, (i + 1) * height * width);
    const picture = { name: `${images} (picture ${i})`, planes, channels: 1, width, height } as const;
    return { picture, captions: [], label: String(classes.data[i]!), split: part.split };
  });
}

/** Sizes and bytes of an IDX file of unsigned bytes. @throws {DistilleryError} when header and length do not fit */
export function parseIdx(bytes: Buffer, dimensions: number, file: string): { sizes: number[]; data: Buffer } {
  const header = 4 + 4 * dimensions;
  if (bytes.length < header)
    throw new DistilleryError(`${file} has ${bytes.length} bytes, fewer than its header of ${header}.`);
  const magic = bytes.readUInt32BE();
  if (magic !== unsignedByte * 256 + dimensions) {
    throw new DistilleryError(
      `${file} begins with 0x${magic.toString(16).padStart(8, '0')}, not with that of ${dimensions}-dimensional bytes (0x0000080${dimensions}).`,
    );
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  // sizes are below 2^32, so that three of them may pass 2^53, but only upwards
  const claimed = sizes.reduce((product, size) => product * size, 1);
  const held = bytes.length - header;
  if (claimed !== held || claimed === 0) {
    throw new DistilleryError(
      `${file} claims ${sizes.join(' x ')} = ${claimed} bytes and holds ${held}: it is cut or damaged. Fetch it again.`,
    );
  }
  return { sizes, data: bytes.subarray(header) };
}
