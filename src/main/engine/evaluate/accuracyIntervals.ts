/** @file Accuracy of ranks with the intervals of its measures. */

import type { Bench } from './bench.ts';
import { bootstrap, type Interval } from './bootstrap.ts';
import { accuracyOf, type Accuracy } from './classification.ts';

export interface AccuracyIntervals {
  top1: Interval;
  top5: Interval;
  meanPerClass: Interval;
}

/** As accuracyOf; a class that a resample misses does not count in its mean per class. */
export async function accuracyWithIntervals(
  { options, context }: Pick<Bench, 'options' | 'context'>,
  ranks: Int32Array,
  labels: Int32Array,
  classnames: readonly string[],
): Promise<Accuracy & { intervals: AccuracyIntervals }> {
  const images = new Float64Array(classnames.length);
  const hits = new Float64Array(classnames.length);
  const measure = (times: Uint16Array, into: Float64Array): void => {
    images.fill(0);
    hits.fill(0);
    let [first, five] = [0, 0];
    for (let i = 0; i < ranks.length; i++) {
      const weight = times[i]!;
      images[labels[i]!]! += weight;
      if (ranks[i]! === 0) {
        hits[labels[i]!]! += weight;
        first += weight;
      }
      if (ranks[i]! < 5) five += weight;
    }
    let [sum, present] = [0, 0];
    for (let c = 0; c < images.length; c++) {
      if (images[c]! === 0) continue;
      sum += hits[c]! / images[c]!;
      present++;
    }
    into.set([first / ranks.length, five / ranks.length, sum / present]);
  };
  const [top1, top5, meanPerClass] = await bootstrap(ranks.length, 3, measure, options.seed, context);
  return {
    ...accuracyOf(ranks, labels, classnames),
    intervals: { top1: top1!, top5: top5!, meanPerClass: meanPerClass! },
  };
}
