/** @file Channel conversions in Pillow's integer arithmetic. */

import type { Mode } from './decode.ts';
import type { Raster } from './resample.ts';

/** a * b / 255, rounded, for bytes. */
function byteProduct(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** Colours times alpha: what is transparent must not bleed into its neighbours when they are mixed. */
export function premultiply({ data, channels, ...size }: Raster): Raster {
  const out = new Uint8Array(data.length);
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const alpha = data[pixel + channels - 1]!;
    for (let i = pixel; i < pixel + channels - 1; i++) out[i] = byteProduct(data[i]!, alpha);
    out[pixel + channels - 1] = alpha;
  }
  return { data: out, channels, ...size };
}

/** The inverse of {@link premultiply}, as far as bytes allow. */
export function unpremultiply({ data, channels, ...size }: Raster): Raster {
  const out = Uint8Array.from(data);
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    const alpha = data[pixel + channels - 1]!;
    if (alpha === 255 || alpha === 0) continue;
    for (let i = pixel; i < pixel + channels - 1; i++) {
      out[i] = Math.min(255, Math.trunc((255 * data[i]!) / alpha));
    }
  }
  return { data: out, channels, ...size };
}

/** The bytes R, G, B of each pixel `[h, w, 3]`; alpha is dropped. */
export function toRgb({ data, width, height, channels }: Raster, mode: Mode): Uint8Array {
  if (mode === 'RGB') return data;
  const out = new Uint8Array(width * height * 3);
  for (let from = 0, at = 0; at < out.length; from += channels, at += 3) {
    for (let channel = 0; channel < 3; channel++) out[at + channel] = colourOf(data, from, channel, mode);
  }
  return out;
}

function colourOf(data: Uint8Array, from: number, channel: number, mode: Mode): number {
  switch (mode) {
    case 'L':
      return data[from]!;
    case 'RGB':
    case 'RGBA':
      return data[from + channel]!;
    case 'CMYK': {
      const light = 255 - data[from + 3]!;
      return Math.max(0, light - byteProduct(data[from + channel]!, light));
    }
  }
}
