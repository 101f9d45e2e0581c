/** @file Curves of a run as typed columns: appended as they come, smoothed over all points, laid along an axis. */

/** Of one metric, both `[n]`; steps ascend. What grew of one curve shares its room: points are never changed. */
export interface Curve {
  steps: Int32Array<ArrayBuffer>;
  values: Float32Array<ArrayBuffer>;
}

export const emptyCurve: Curve = { steps: new Int32Array(0), values: new Float32Array(0) };

export const lastStepOf = ({ steps }: Curve): number => steps.at(-1) ?? 0;

/** The curve with the points after its last step. Room is taken ahead, so that a million points are not copied for each new one. */
export function appendPoints(curve: Curve, { steps, values }: Curve): Curve {
  const last = lastStepOf(curve);
  const first = steps.findIndex((step) => step > last);
  if (first < 0) return curve;
  const { length } = curve.steps;
  const total = length + steps.length - first;
  const room = curve.steps.buffer.byteLength / 4;
  let target = curve;
  if (room < total) {
    const wanted = Math.max(256, 2 * total);
    target = { steps: new Int32Array(wanted), values: new Float32Array(wanted) };
    target.steps.set(curve.steps);
    target.values.set(curve.values);
  }
  const grown = {
    steps: new Int32Array(target.steps.buffer, 0, total),
    values: new Float32Array(target.values.buffer, 0, total),
  };
  grown.steps.set(steps.subarray(first), length);
  grown.values.set(values.subarray(first), length);
  return grown;
}

/** A page of `run.series`: base64 of little-endian numbers. */
export function unpackPage({ steps, values }: { steps: string; values: string }): Curve {
  return { steps: new Int32Array(unpack(steps)), values: new Float32Array(unpack(values)) };
}

function unpack(text: string): ArrayBuffer {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}

interface Average {
  weight: number;
  /** Points that are smoothed. */
  known: number;
  average: number;
  /** What is missing of all weights, since there was nothing before the first point. */
  missing: number;
  smoothed: Float32Array<ArrayBuffer>;
}

/** By the room of the values: what stands there once stays, so that a new point costs only itself. */
const averages = new WeakMap<ArrayBuffer, Average>();

/** Below it `1 - missing` is 1. Numbers that are smaller still are slow to compute with. */
const negligible = 2 ** -54;

/** Exponential moving average over all points, weight `0 <= weight < 1` on the past, corrected for its start; NaN stays NaN. */
export function smoothPoints(values: Float32Array<ArrayBuffer>, weight: number): Float32Array<ArrayBuffer> {
  let state = averages.get(values.buffer);
  if (state?.weight !== weight) {
    state = { weight, known: 0, average: 0, missing: 1, smoothed: new Float32Array(values.length) };
    averages.set(values.buffer, state);
  } else if (state.smoothed.length < values.length) {
    const room = new Float32Array(2 * values.length);
    room.set(state.smoothed);
    state.smoothed = room;
  }
  let { average, missing } = state;
  const { smoothed } = state;
  const own = 1 - weight;
  const end = values.length;
  let i = state.known;
  for (; i < end && missing > 0; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      smoothed[i] = NaN;
      continue;
    }
    average = weight * average + own * value;
    missing *= weight;
    if (missing < negligible) missing = 0;
    smoothed[i] = average / (1 - missing);
  }
  // the same without the correction, for nearly all points of a long curve: a third of the time
  for (; i < end; i++) {
    const value = values[i]!;
    if (value - value !== 0) {
      smoothed[i] = NaN; // infinite or not a number
      continue;
    }
    average = weight * average + own * value;
    smoothed[i] = average;
  }
  Object.assign(state, { average, missing, known: i });
  return smoothed.subarray(0, end);
}

/** Of a slider from 0 to 1: 0 smooths nothing, 1 over about a thousand points. */
export const smoothingWeight = (place: number): number => (place <= 0 ? 0 : 1 - 10 ** (-3 * place));

export const axes = ['step', 'epoch', 'samples', 'time'] as const;
export type Axis = (typeof axes)[number];

/** What turns the steps of a run into other measures. */
export interface RunClock {
  /** Pairs a step, and pairs in all; null: unknown. */
  batch: number | null;
  samples: number | null;
  /** `samplesPerSecond` of the run. */
  speed: Curve;
}

export const hasAxis = (axis: Axis, { batch, samples, speed }: RunClock): boolean =>
  axis === 'step' ||
  (batch !== null && (axis !== 'epoch' || samples !== null) && (axis !== 'time' || speed.steps.length > 0));

/** Seconds of training from the start of the run to the end of each step of its speed, `[n]`. */
export function elapsedSeconds({ batch, speed: { steps, values } }: RunClock): Float64Array {
  const seconds = new Float64Array(steps.length);
  let sum = 0;
  for (let i = 0; i < steps.length; i++) {
    const value = values[i]!;
    if (value > 0 && value < Infinity) sum += (batch ?? 0) / value;
    seconds[i] = sum;
  }
  return seconds;
}

/**
 * Places of steps on an axis, `[n]`: counts, or seconds of training.
 * @param known takes the places, of which the first `from` are there
 */
export function alongAxis(
  steps: Int32Array,
  axis: Axis,
  clock: RunClock,
  seconds: Float64Array | null,
  known: Float64Array = new Float64Array(steps.length),
  from = 0,
): Float64Array {
  if (axis !== 'time' || seconds === null) {
    const { batch, samples } = clock;
    const factor = axis === 'step' ? 1 : axis === 'samples' ? (batch ?? 1) : (batch ?? 1) / (samples ?? 1);
    for (let i = from; i < steps.length; i++) known[i] = steps[i]! * factor;
    return known;
  }
  const timed = clock.speed.steps;
  for (let i = from, at = 0; i < steps.length; i++) {
    while (at + 1 < timed.length && timed[at]! < steps[i]!) at++;
    known[i] = seconds[at] ?? 0;
  }
  return known;
}

/** Index of the last point at or before `x`; -1 before the first. */
export function indexAt(xs: ArrayLike<number>, x: number): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (xs[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Least, last and chosen value of a curve. */
export function figuresOf({ steps, values }: Curve, step: number | null, best: 'min' | 'max') {
  let found: number | null = null;
  let foundAt = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value) && (found === null || (best === 'min' ? value < found : value > found))) {
      found = value;
      foundAt = steps[i]!;
    }
  }
  const at = step === null ? -1 : indexAt(steps, step);
  const number = (index: number): number | null => {
    const value = values[index];
    return value !== undefined && Number.isFinite(value) ? value : null;
  };
  return { best: found, bestStep: foundAt, last: number(values.length - 1), at: number(at) };
}
