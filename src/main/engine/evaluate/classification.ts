/** @file Accuracy of class scores: top-1, top-5, mean per class. */

/** The rank of the right class for each image becomes the accuracies that people quote. */
export interface Accuracy {
  top1: number;
  top5: number;
  /** Mean of the classes' own top-1, for classes with images. */
  meanPerClass: number;
  perClass: { name: string; images: number; top1: number }[];
}

/**
 * @param ranks place of the right class among the scores of each image, from 0, `[n]`
 * @param labels index of the right class, `[n]`
 */
export function accuracyOf(ranks: Int32Array, labels: Int32Array, classnames: readonly string[]): Accuracy {
  const perClass = classnames.map((name) => ({ name, images: 0, top1: 0 }));
  let top1 = 0;
  let top5 = 0;
  for (const [i, rank] of ranks.entries()) {
    const own = perClass[labels[i]!]!;
    own.images++;
    if (rank === 0) {
      own.top1++;
      top1++;
    }
    if (rank < 5) top5++;
  }
  const present = perClass.filter(({ images }) => images > 0);
  for (const own of present) own.top1 /= own.images;
  return {
    top1: top1 / ranks.length,
    top5: top5 / ranks.length,
    meanPerClass: present.reduce((sum, own) => sum + own.top1, 0) / present.length,
    perClass: present,
  };
}

/** Share of the largest class: what always answering with it would score. */
export function majorityOf(labels: Int32Array): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const label of labels) {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    most = Math.max(most, count);
  }
  return most / labels.length;
}
