/** @file Which classes are taken for which: counts of (right class, answered class), and the classes that are known least. */

export interface Confused {
  /** Class indices: what it is, and what it was taken for. */
  truth: number;
  guess: number;
  /** Images of `truth` that were taken for `guess`. */
  count: number;
  /** Tested images of `truth`. */
  images: number;
  /** Rows of these images, ascending. */
  rows: number[];
}

export interface WeakClass {
  class: number;
  images: number;
  hits: number;
  /** Rows of its images that were taken for something else, ascending. */
  missed: number[];
}

export interface Confusion {
  /** Wrong answers, most frequent first; then by share of the class, then by class order. */
  pairs: Confused[];
  /** Classes with images and mistakes, lowest accuracy first; then the ones with more images, then by class order. */
  weakest: WeakClass[];
}

/**
 * @param labels right class of each tested image `[n]`
 * @param guesses answered class `[n]`
 */
export function confusionOf(labels: Int32Array, guesses: Int32Array, classes: number): Confusion {
  const images = new Int32Array(classes);
  const missed = Array.from({ length: classes }, (): number[] => []);
  const pairs = new Map<number, Confused>();
  for (const [row, truth] of labels.entries()) {
    images[truth]!++;
    const guess = guesses[row]!;
    if (guess === truth) continue;
    missed[truth]!.push(row);
    const key = truth * classes + guess;
    const pair = pairs.get(key) ?? { truth, guess, count: 0, images: 0, rows: [] };
    pair.count++;
    pair.rows.push(row);
    pairs.set(key, pair);
  }
  for (const pair of pairs.values()) pair.images = images[pair.truth]!;
  const weakest = missed.flatMap((rows, index) =>
    rows.length === 0
      ? []
      : [{ class: index, images: images[index]!, hits: images[index]! - rows.length, missed: rows }],
  );
  return {
    pairs: [...pairs.values()].sort(
      (a, b) => b.count - a.count || a.images - b.images || a.truth - b.truth || a.guess - b.guess,
    ),
    weakest: weakest.sort((a, b) => a.hits / a.images - b.hits / b.images || b.images - a.images || a.class - b.class),
  };
}

/** Counts `[classes][classes]`, rows are what it is, columns what it was taken for. */
export function confusionMatrix(labels: Int32Array, guesses: Int32Array, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [row, truth] of labels.entries()) counts[truth]![guesses[row]!]!++;
  return counts;
}
