/** @file Photographs to measure with, made from a seed. */

import sharp from 'sharp';
import { randomStream } from '../../src/main/engine/random.ts';

/** A JPEG as datasets hold them: soft colours, edges, grain; 512 x 384 pixels or upright. */
export async function syntheticPhotograph(seed: number): Promise<Buffer> {
  const random = randomStream(seed);
  const wide = random() < 0.6;
  const [width, height] = wide ? [512, 384] : [384, 512];
  const small = Buffer.from(Uint8Array.from({ length: 12 * 12 * 3 }, () => random() * 256));
  const soft = await sharp(small, { raw: { width: 12, height: 12, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const boxes = Array.from({ length: 12 }, () => {
    const [x, y, w, h] = [random() * width, random() * height, random() * 200, random() * 200];
    const colour = `rgb(${Array.from({ length: 3 }, () => Math.floor(random() * 256)).join()})`;
    return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colour}" fill-opacity="0.7"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${boxes.join('')}</svg>`;
  const grain = Uint8Array.from(soft, (value) => Math.min(255, Math.max(0, value + (random() - 0.5) * 24)));
  return sharp(grain, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 88 })
    .toBuffer();
}
