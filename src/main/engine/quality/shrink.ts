/**
 * @file A small copy of a picture's luma, made as sharp makes it of a JPEG: halved as a decoder does it while it stays too large by
 * two or more, then the Lanczos filter of three lobes, widened by the scale. Only for what its decoder gave as luma already.
 */

/** Luma, row by row, one byte a pixel. */
export interface Luma {
  data: Uint8Array | Uint8ClampedArray; // [height, width]
  width: number;
  height: number;
}

/** A copy whose longest side is `side`; a smaller picture is returned as it is. */
export function shrinkLuma(picture: Luma, side: number): Luma {
  const longest = Math.max(picture.width, picture.height);
  if (longest <= side) return picture;
  const width = Math.max(1, Math.round((picture.width * side) / longest));
  const height = Math.max(1, Math.round((picture.height * side) / longest));
  let halved = picture;
  while (Math.max(halved.width, halved.height) >= 2 * side) halved = halve(halved);
  return alongRows(alongColumns(halved, height), width);
}

/** The mean of two by two pixels; those at an odd edge count twice. */
function halve({ data, width, height }: Luma): Luma {
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Uint8ClampedArray(halfWidth * halfHeight);
  const pairs = width >> 1;
  for (let y = 0; y < halfHeight; y++) {
    let above = 2 * y * width;
    let below = 2 * y + 1 < height ? above + width : above;
    const at = y * halfWidth;
    for (let x = 0; x < pairs; x++, above += 2, below += 2) {
      out[at + x] = (data[above]! + data[above + 1]! + data[below]! + data[below + 1]! + 2) >> 2;
    }
    if (pairs < halfWidth) out[at + pairs] = (data[above]! + data[below]! + 1) >> 1;
  }
  return { data: out, width: halfWidth, height: halfHeight };
}

/** Fraction bits of a weight: sums of bytes stay within 32 bits. */
const fractionBits = 16;
const half = 1 << (fractionBits - 1);

function alongColumns({ data, width, height }: Luma, outputs: number): Luma {
  if (height === outputs) return { data, width, height };
  const out = new Uint8ClampedArray(outputs * width);
  filter(data, out, { inputs: height, outputs, along: width, outAlong: width, lines: width, across: 1, outAcross: 1 });
  return { data: out, width, height: outputs };
}

function alongRows({ data, width, height }: Luma, outputs: number): Luma {
  if (width === outputs) return { data, width, height };
  const out = new Uint8ClampedArray(height * outputs);
  const across = { lines: height, across: width, outAcross: outputs };
  filter(data, out, { inputs: width, outputs, along: 1, outAlong: 1, ...across });
  return { data: out, width: outputs, height };
}

/** How far apart neighbours lie, along the axis that is shrunk and across it. */
interface Axis {
  inputs: number;
  outputs: number;
  along: number;
  outAlong: number;
  lines: number;
  across: number;
  outAcross: number;
}

/** Four taps of all lines at a time: the weights stay at hand, the sums are read and written less often. */
function filter(data: Luma['data'], out: Uint8ClampedArray, axis: Axis): void {
  const { inputs, outputs, along, outAlong, lines, across, outAcross } = axis;
  const { starts, weights, perOutput } = tapsOf(inputs, outputs);
  const sums = new Int32Array(lines);
  for (let i = 0, tap = 0; i < outputs; i++) {
    sums.fill(half);
    for (let k = 0, from = starts[i]! * along; k < perOutput; k += 4, from += 4 * along, tap += 4) {
      const w0 = weights[tap]!;
      const w1 = weights[tap + 1]!;
      const w2 = weights[tap + 2]!;
      const w3 = weights[tap + 3]!;
      for (let line = 0, at = from; line < lines; line++, at += across) {
        const first = Math.imul(w0, data[at]!) + Math.imul(w1, data[at + along]!);
        const last = Math.imul(w2, data[at + 2 * along]!) + Math.imul(w3, data[at + 3 * along]!);
        sums[line] = (sums[line]! + first + last) | 0;
      }
    }
    for (let line = 0, at = i * outAlong; line < lines; line++, at += outAcross) out[at] = sums[line]! >> fractionBits;
  }
}

/** For each output: its first input, and as many weights as every output has. Those of inputs that are not there are 0. */
interface Taps {
  starts: Int32Array;
  weights: Int32Array; // [outputs, perOutput], scaled by 2^fractionBits
  /** A multiple of four. */
  perOutput: number;
}

/** Pictures of a dataset often have the same sizes; what one needs is small. */
const known = new Map<string, Taps>();
const mostKnown = 256;

function tapsOf(inputs: number, outputs: number): Taps {
  const key = `${inputs} ${outputs}`;
  let taps = known.get(key);
  if (taps === undefined) {
    if (known.size >= mostKnown) known.clear();
    known.set(key, (taps = makeTaps(inputs, outputs)));
  }
  return taps;
}

function makeTaps(inputs: number, outputs: number): Taps {
  const scale = inputs / outputs;
  const stretch = Math.max(1, scale);
  const perOutput = 4 * Math.ceil((3 * stretch) / 2);
  const starts = new Int32Array(outputs);
  const weights = new Int32Array(outputs * perOutput);
  for (let i = 0; i < outputs; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.floor(centre) - perOutput / 2 + 1;
    const start = Math.max(0, Math.min(inputs - perOutput, first));
    starts[i] = start;
    // a tap outside is that of the edge
    const exact = new Float64Array(perOutput);
    let sum = 0;
    for (let k = first; k < first + perOutput; k++) {
      const weight = lanczos((k - centre) / stretch);
      const at = Math.max(0, Math.min(inputs - 1, k)) - start;
      exact[at] = exact[at]! + weight;
      sum += weight;
    }
    for (let k = 0; k < perOutput; k++)
      weights[i * perOutput + k] = Math.round((exact[k]! / sum) * (1 << fractionBits));
  }
  return { starts, weights, perOutput };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  const angle = Math.PI * x;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / (angle * angle);
}
