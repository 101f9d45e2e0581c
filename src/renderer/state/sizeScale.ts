/** @file Scales of the chart of cluster sizes: sizes are logarithmic, ranks too once they are too many to be told apart. */

/** From a value to its place between 0 and 1, and back. */
export interface Scale {
  to: (value: number) => number;
  from: (place: number) => number;
  ticks: number[];
}

/** Ranks 1 to `last`. */
export function rankScale(last: number): Scale {
  if (last > 256) return { ...logarithmic(1, last), ticks: decades(1, last) };
  const span = Math.max(1, last - 1);
  const step = [1, 2, 5, 10, 20, 50, 100].find((one) => one * 6 >= last) ?? 100;
  const ticks = Array.from({ length: Math.floor(last / step) }, (_, at) => (at + 1) * step);
  return {
    to: (rank) => (rank - 1) / span,
    from: (place) => 1 + place * span,
    ticks: step === 1 ? ticks : [1, ...ticks],
  };
}

/** Sizes from `least` to `most`; empty clusters lie on the floor, half below one. */
export function sizeScale(least: number, most: number): Scale {
  const low = least < 1 ? 0.5 : 1;
  const scale = logarithmic(low, Math.max(2, most));
  return {
    to: (size) => scale.to(Math.max(size, low)),
    from: scale.from,
    ticks: most > 100 ? decades(1, most) : [1, 2, 5, 10, 20, 50, 100].filter((tick) => tick <= Math.max(2, most)),
  };
}

function logarithmic(low: number, high: number): Omit<Scale, 'ticks'> {
  const span = Math.log(high / low) || 1;
  return { to: (value) => Math.log(value / low) / span, from: (place) => low * Math.exp(place * span) };
}

/** 1, 10, 100, ... between the two. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high) + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) => 10 ** (first + at));
}
