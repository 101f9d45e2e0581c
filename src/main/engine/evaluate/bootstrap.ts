/** @file Confidence intervals by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13). */

import { checkpoint, type StageContext } from '../progress.ts';
import { randomStream } from '../random.ts';

/** 95%: from the 2.5th to the 97.5th percentile. */
export type Interval = [low: number, high: number];

const resamples = 1000;
const tail = 0.025;
const drawsBetweenChecks = 1_000_000;

/**
 * Intervals of some measures over `units` things that were drawn at random (images): each is taken again on 1,000 samples of
 * the same size with replacement. They tell how much another test set of this kind would change the number, not how much
 * another training would.
 * @param measure gets how often each unit was drawn `[units]`; fills one number a measure into its second argument
 */
export async function bootstrap(
  units: number,
  measures: number,
  measure: (times: Uint16Array, into: Float64Array) => void,
  seed: number,
  context: StageContext,
): Promise<Interval[]> {
  const found = Array.from({ length: measures }, () => new Float64Array(resamples));
  const times = new Uint16Array(units);
  const values = new Float64Array(measures);
  const between = Math.max(1, Math.floor(drawsBetweenChecks / units));
  for (let sample = 0; sample < resamples; sample++) {
    if (sample % between === 0) {
      // of a small set they are there at once
      if (sample > 0)
        context.onProgress({ stage: 'confidence intervals', done: sample, total: resamples, unit: 'resamples' });
      await checkpoint(context);
    }
    const random = randomStream(seed, sample);
    times.fill(0);
    for (let i = 0; i < units; i++) times[Math.floor(random() * units)]!++;
    measure(times, values);
    for (const [m, value] of values.entries()) found[m]![sample] = value;
  }
  return found.map((all) => {
    all.sort();
    return [percentile(all, tail), percentile(all, 1 - tail)];
  });
}

/** Linear between the neighbours, as NumPy's default. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
