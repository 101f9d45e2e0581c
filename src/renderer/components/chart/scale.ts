/** @file Axes: where a value lies between two bounds, and where its round numbers are. */

export interface Scale {
  /** 0 at the lower end, 1 at the upper one. */
  to: (value: number) => number;
  from: (place: number) => number;
  ticks: number[];
}

/** Round numbers between two bounds, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(low: number, high: number, count: number, whole = false): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / count));
  const off = (step: number): number => Math.abs(Math.log(span / step / count));
  const step = [1, 2, 5, 10].map((one) => one * power).reduce((best, one) => (off(one) < off(best) ? one : best));
  const used = whole ? Math.max(1, Math.round(step)) : step;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / used - 1e-9); i * used <= high + used * 1e-9; i++)
    ticks.push(Number((i * used).toPrecision(12)));
  return ticks;
}

/** @param ticks about how many */
export function linearScale(low: number, high: number, ticks: number, whole = false): Scale {
  const span = high - low || 1;
  return {
    to: (value) => (value - low) / span,
    from: (place) => low + place * span,
    ticks: roundTicks(low, high, ticks, whole),
  };
}

/** Bounds above 0. Powers of ten, with 2 and 5 of each where there is room. */
export function logScale(low: number, high: number, ticks: number): Scale {
  const [bottom, top] = [Math.log10(low), Math.log10(high)];
  const span = top - bottom || 1;
  const inside = (tick: number): boolean => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9);
  const powers: number[] = [];
  for (let power = Math.floor(bottom); power <= Math.ceil(top); power++) powers.push(10 ** power);
  const seen = powers.filter(inside);
  const every = Math.max(1, Math.ceil(seen.length / ticks));
  const round =
    span * 3 <= ticks
      ? powers.flatMap((power) => [1, 2, 5].map((one) => one * power)).filter(inside)
      : seen.filter((_, index) => index % every === 0);
  return {
    to: (value) => (Math.log10(value) - bottom) / span,
    from: (place) => 10 ** (bottom + place * span),
    // within less than a decade there may be none of them
    ticks: (round.length >= 2 ? round : roundTicks(low, high, ticks)).map((tick) => Number(tick.toPrecision(12))),
  };
}
