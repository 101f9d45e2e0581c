/**
 * @file Resizing as Pillow does it, bit for bit: a separable filter widened by the scale when shrinking (so that it does not
 * alias), first along rows, then along columns, in fixed point with a rounded byte between the two. (Pillow 13 goes along
 * the columns first where the height shrinks much more than the width; a few bytes then differ by one.)
 */

export interface Raster {
  /** Interleaved channels, row after row. */
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}

/** A rectangle in whole pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type Filter = 'bicubic' | 'bilinear' | 'nearest';

/** Fraction bits of a weight; 8 bits of pixel and 2 for overshoot remain of 32. */
const fractionBits = 22;

interface Kernel {
  support: number;
  weight: (x: number) => number;
}

const kernels: Record<Exclude<Filter, 'nearest'>, Kernel> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys 1981 with a = -1/2
  bicubic: {
    support: 2,
    weight: (signed) => {
      const a = -0.5;
      const x = Math.abs(signed);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    },
  },
};

/**
 * Resizes the part `from` of a picture to `size` and returns the part `window` of the result; what is not
 * asked for is not computed.
 */
export function resample(
  source: Raster,
  from: Box,
  size: { width: number; height: number },
  window: Box,
  filter: Filter,
): Raster {
  if (filter === 'nearest') return nearest(source, from, size, window);
  const columns = weights(from.width, size.width, window.left, window.width, kernels[filter]);
  const rows = weights(from.height, size.height, window.top, window.height, kernels[filter]);
  const firstRow = rows.starts[0]!;
  const lastRow = rows.starts[window.height - 1]! + rows.counts[window.height - 1]!;
  const needed = { left: from.left, top: from.top + firstRow, width: from.width, height: lastRow - firstRow };
  for (let i = 0; i < window.height; i++) rows.starts[i]! -= firstRow;
  return alongColumns(alongRows(source, needed, columns), rows);
}

/** For each output position: where its inputs start, how many there are, and their weights. */
interface Taps {
  starts: Int32Array;
  counts: Int32Array;
  /** `[outputs, perOutput]`, scaled by 2^fractionBits. */
  fixed: Int32Array;
  perOutput: number;
}

function weights(inputs: number, outputs: number, first: number, count: number, kernel: Kernel): Taps {
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  const support = kernel.support * stretch;
  const perOutput = Math.ceil(support) * 2 + 1;
  const taps: Taps = {
    starts: new Int32Array(count),
    counts: new Int32Array(count),
    fixed: new Int32Array(count * perOutput),
    perOutput,
  };
  const exact = new Float64Array(perOutput);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(inputs, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      exact[k] = kernel.weight((k + start - centre + 0.5) * (1 / stretch));
      sum += exact[k]!;
    }
    for (let k = 0; k < length; k++) {
      const weight = (exact[k]! / sum) * (1 << fractionBits);
      taps.fixed[i * perOutput + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    taps.starts[i] = start;
    taps.counts[i] = length;
  }
  return taps;
}

const half = 1 << (fractionBits - 1);

function alongRows(source: Raster, from: Box, taps: Taps): Raster {
  const { channels } = source;
  const width = taps.starts.length;
  const out = new Uint8ClampedArray(from.height * width * channels);
  const addRow = channels === 3 ? addColourRow : addAnyRow;
  for (let y = 0; y < from.height; y++) {
    const row = ((from.top + y) * source.width + from.left) * channels;
    addRow(source.data, row, channels, taps, out, y * width * channels);
  }
  return { data: new Uint8Array(out.buffer), width, height: from.height, channels };
}

/** The case of nearly all pictures, with its three sums kept in registers. */
function addColourRow(
  data: Uint8Array,
  row: number,
  _channels: number,
  { starts, counts, fixed, perOutput }: Taps,
  out: Uint8ClampedArray,
  at: number,
): void {
  for (let x = 0; x < starts.length; x++) {
    let weight = x * perOutput;
    const end = weight + counts[x]!;
    let red = half;
    let green = half;
    let blue = half;
    for (let from = row + 3 * starts[x]!; weight < end; weight++, from += 3) {
      const by = fixed[weight]!;
      red = (red + Math.imul(by, data[from]!)) | 0;
      green = (green + Math.imul(by, data[from + 1]!)) | 0;
      blue = (blue + Math.imul(by, data[from + 2]!)) | 0;
    }
    out[at++] = red >> fractionBits;
    out[at++] = green >> fractionBits;
    out[at++] = blue >> fractionBits;
  }
}

function addAnyRow(
  data: Uint8Array,
  row: number,
  channels: number,
  { starts, counts, fixed, perOutput }: Taps,
  out: Uint8ClampedArray,
  at: number,
): void {
  for (let x = 0; x < starts.length; x++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = half;
      for (let k = 0, from = row + starts[x]! * channels + channel; k < counts[x]!; k++, from += channels) {
        sum = (sum + Math.imul(fixed[x * perOutput + k]!, data[from]!)) | 0;
      }
      out[at++] = sum >> fractionBits;
    }
  }
}

function alongColumns({ data, width, channels }: Raster, { starts, counts, fixed, perOutput }: Taps): Raster {
  const height = starts.length;
  const stride = width * channels;
  const out = new Uint8ClampedArray(height * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    const end = starts[y]! + counts[y]!;
    let weight = y * perOutput;
    let row = starts[y]!;
    // four rows at a time: the sums are read and written once for four products
    for (; row + 4 <= end; row += 4, weight += 4) {
      const [w0, w1, w2, w3] = [fixed[weight]!, fixed[weight + 1]!, fixed[weight + 2]!, fixed[weight + 3]!];
      let from = row * stride;
      for (let x = 0; x < stride; x++, from++) {
        const first = Math.imul(w0, data[from]!) + Math.imul(w1, data[from + stride]!);
        const second = Math.imul(w2, data[from + 2 * stride]!) + Math.imul(w3, data[from + 3 * stride]!);
        sums[x] = (sums[x]! + ((first | 0) + (second | 0))) | 0;
      }
    }
    for (; row < end; row++, weight++) {
      const by = fixed[weight]!;
      for (let x = 0, from = row * stride; x < stride; x++, from++) {
        sums[x] = (sums[x]! + Math.imul(by, data[from]!)) | 0;
      }
    }
    for (let x = 0, at = y * stride; x < stride; x++, at++) out[at] = sums[x]! >> fractionBits;
  }
  return { data: new Uint8Array(out.buffer), width, height, channels };
}

/** Pillow adds up the step instead of multiplying, and its rounding decides some pixels. */
function nearestPositions(inputs: number, outputs: number, first: number, count: number): Int32Array {
  const positions = new Int32Array(count);
  const step = inputs / outputs;
  let at = step * 0.5;
  for (let i = 0; i < first + count; i++, at += step) {
    if (i >= first) positions[i - first] = Math.min(inputs - 1, Math.floor(at));
  }
  return positions;
}

function nearest(source: Raster, from: Box, size: { width: number; height: number }, window: Box): Raster {
  const { data, channels } = source;
  const columns = nearestPositions(from.width, size.width, window.left, window.width);
  const rows = nearestPositions(from.height, size.height, window.top, window.height);
  const out = new Uint8Array(window.width * window.height * channels);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      const pixel = ((from.top + row) * source.width + from.left + column) * channels;
      for (let channel = 0; channel < channels; channel++) out[at++] = data[pixel + channel]!;
    }
  }
  return { data: out, width: window.width, height: window.height, channels };
}
