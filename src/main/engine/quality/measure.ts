/** @file Numbers that say how a picture looks, measured on a small copy: brightness, contrast, sharpness. */

export interface Measures {
  /** Mean luma, 0 (black) to 1 (white). */
  brightness: number;
  /** Standard deviation of the luma, 0 to 0.5. */
  contrast: number;
  /** Variance of the Laplacian of the luma in 0 to 255, as `cv2.Laplacian(grey, CV_64F).var()` without its border. */
  sharpness: number;
}

/** Raw 8-bit channels, row by row: grey, grey and alpha, RGB or RGBA. Alpha is not looked at. */
export interface Pixels {
  data: Uint8Array; // [height, width, channels]
  width: number;
  height: number;
  channels: number;
}

/**
 * Longest side of the copy that is measured, in pixels; smaller pictures are measured as they are. Sharpness only compares
 * at one size, and this is about what towers see: a photograph that is soft at full size and crisp here is of use.
 */
export const measuredSide = 256;

export function measure(pixels: Pixels): Measures {
  const luma = lumaOf(pixels);
  const { mean, variance } = momentsOf(luma);
  return {
    brightness: mean / 255,
    contrast: Math.sqrt(variance) / 255,
    sharpness: momentsOf(laplacianOf(luma, pixels.width, pixels.height)).variance,
  };
}

/** ITU-R 601, as Pillow's `L`, rounded to whole numbers. */
function lumaOf({ data, width, height, channels }: Pixels): Int32Array {
  const luma = new Int32Array(width * height);
  if (channels < 3) {
    for (let i = 0; i < luma.length; i++) luma[i] = data[i * channels]!;
    return luma;
  }
  for (let i = 0, at = 0; i < luma.length; i++, at += channels) {
    luma[i] = (19595 * data[at]! + 38470 * data[at + 1]! + 7471 * data[at + 2]! + 0x8000) >> 16;
  }
  return luma;
}

/** Neighbours minus four times the pixel, for pixels with four neighbours: none where a side is shorter than 3. */
function laplacianOf(luma: Int32Array, width: number, height: number): Int32Array {
  const inner = Math.max(0, width - 2);
  const result = new Int32Array(inner * Math.max(0, height - 2));
  for (let row = 0, to = 0; to < result.length; row++) {
    let at = (row + 1) * width + 1;
    for (const end = to + inner; to < end; to++, at++) {
      result[to] = luma[at - width]! + luma[at - 1]! + luma[at + 1]! + luma[at + width]! - 4 * luma[at]!;
    }
  }
  return result;
}

/** Sums of whole numbers are exact; of nothing both are 0. */
function momentsOf(values: Int32Array): { mean: number; variance: number } {
  const n = values.length;
  if (n === 0) return { mean: 0, variance: 0 };
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return { mean: sum / n, variance: (squares * n - sum * sum) / (n * n) };
}
