/** @file The pictures of a folder through a teacher's image tower. */

import { globSync } from 'node:fs';
import path from 'node:path';
import type { DecodeOptions } from '../../src/main/engine/clip/decode.ts';
import { createEncoder } from '../../src/main/engine/clip/encoder.ts';
import type { ClipModel } from '../../src/main/engine/clip/model.ts';
import { loadPixels } from '../../src/main/engine/clip/preprocess.ts';

export const picturesIn = (folder: string): string[] =>
  globSync('**/*.{jpg,jpeg}', { cwd: folder })
    .map((name) => path.join(folder, name))
    .sort();

/** Unit vectors in float32, `[files, dim]`. */
export async function embedFiles(
  model: ClipModel,
  files: readonly string[],
  options?: (file: string) => DecodeOptions,
) {
  const batch = 32;
  const encoder = createEncoder(model, { precision: 'fp32', batch });
  const { dim } = encoder;
  const data = new Float32Array(files.length * dim);
  const perImage = model.config.vision.imageSize ** 2 * 3;
  for (let from = 0; from < files.length; from += batch) {
    const part = files.slice(from, from + batch);
    const pixels = new Uint8Array(part.length * perImage);
    const loaded = await Promise.all(part.map((file) => loadPixels(file, model.config, options?.(file))));
    for (const [i, row] of loaded.entries()) pixels.set(row, i * perImage);
    data.set(encoder.encodeImages(pixels), from * dim);
  }
  encoder.dispose();
  return { data, n: files.length, dim };
}
