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
  data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  width: number;
  height: number;
  channels: number;
}

/**
 * Longest side of the copy that is measured, in pixels; smaller pictures are measured as they are. Sharpness only compares
 * at one size, and this is about what towers see: a photograph that is soft at full size and crisp here is of use.
 */
export const measuredSide = 192;

/** Kept from picture to picture: a fresh one costs as much as the sums. */
let scratch = new Uint8Array(0);

export function measure({ data, width, height, channels }: Pixels): Measures {
  const n = width * height;
  if (scratch.length < n) scratch = new Uint8Array(n);
  const luma = scratch;
  const [red, green, blue] = channels < 3 ? [0, 0, 0] : [0, 1, 2];
  const sums = new Sums();
  for (let i = 0, at = 0; i < n; i++, at += channels) {
    // ITU-R 601, rounded, as Pillow's mode L
    const value = (19595 * data[at + red]! + 38470 * data[at + green]! + 7471 * data[at + blue]! + 0x8000) >> 16;
    luma[i] = value;
    sums.add(value);
  }
  const { mean, variance } = sums.moments(n);
  return { brightness: mean / 255, contrast: Math.sqrt(variance) / 255, sharpness: sharpnessOf(luma, width, height) };
}

/** Of pixels with four neighbours: 0 where a side is shorter than 3. */
function sharpnessOf(luma: Uint8Array, width: number, height: number): number {
  const sums = new Sums();
  for (let y = 1; y < height - 1; y++) {
    const end = (y + 1) * width - 1;
    for (let at = y * width + 1; at < end; at++) {
      sums.add(luma[at - width]! + luma[at - 1]! + luma[at + 1]! + luma[at + width]! - 4 * luma[at]!);
    }
  }
  return sums.moments(Math.max(0, width - 2) * Math.max(0, height - 2)).variance;
}

/** Of whole numbers, so exact: the largest, of 192 x 192 Laplacians, is below 2^53. */
class Sums {
  private sum = 0;
  private squares = 0;

  add(value: number): void {
    this.sum += value;
    this.squares += value * value;
  }

  moments(n: number): { mean: number; variance: number } {
    if (n === 0) return { mean: 0, variance: 0 };
    const { sum, squares } = this;
    return { mean: sum / n, variance: (squares * n - sum * sum) / (n * n) };
  }
}
