/** @file Reading the curve of removal against beta, and round numbers for its axes. */

interface RemovalCurve {
  /** `[n]`, ascending. */
  beta: readonly number[];
  removed: readonly number[];
}

/** Images that go at a beta: a step function, as neighbours come one by one. */
export function removedAt({ beta, removed }: RemovalCurve, at: number): number {
  const after = beta.findIndex((value) => value > at);
  return removed[after < 0 ? removed.length - 1 : after - 1] ?? 0;
}

/** 0 and round steps up to `most`: at least `wanted` of them, at distances of 1, 2 or 5 times a power of ten. */
export function ticksTo(most: number, wanted: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / wanted));
  const step = [5, 2, 1].map((one) => one * power).find((size) => size <= most / wanted) ?? power;
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, at) => at * step);
}
