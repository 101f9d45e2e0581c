/**
 * @file Nearest-neighbour classification: the k training images with the highest cosine vote with exp(cosine / T)
 * (Wu et al. 2018, "Unsupervised Feature Learning via Non-Parametric Instance Discrimination", section 3.4; the k-NN of DINO).
 */

import { answerOf, forEachRow, rankOf } from './products.ts';

export interface KnnInput {
  /** Training images `[m, dim]`, L2-normalised, and their classes `[m]`. */
  bank: Float32Array;
  bankLabels: Int32Array;
  /** Tested images `[n, dim]`, L2-normalised, and their classes `[n]`. */
  queries: Float32Array;
  labels: Int32Array;
  dim: number;
  classes: number;
}

/**
 * Place of the right class of each tested image by votes, from 0. Equal cosines go to the lower training row, equal votes to the
 * lower class; a class without a vote comes behind all others. `guesses` is filled with the answered class of each `[n]`.
 */
export function knnRanks(
  { bank, bankLabels, queries, labels, dim, classes }: KnnInput,
  { neighbours, temperature }: { neighbours: number; temperature: number },
  guesses?: Int32Array,
): Int32Array {
  const ranks = new Int32Array(labels.length);
  const votes = new Float64Array(classes);
  forEachRow(queries, bank, dim, (row, scores) => {
    const nearest = highest(scores, neighbours);
    votes.fill(-1);
    const best = scores[nearest[0]!]!;
    for (const index of nearest) {
      const label = bankLabels[index]!;
      // relative to the nearest: the same order, without overflow at small T
      votes[label] = Math.max(0, votes[label]!) + Math.exp((scores[index]! - best) / temperature);
    }
    const own = labels[row]!;
    const rank = votes[own]! < 0 ? classes - 1 : rankOf(votes, own);
    ranks[row] = rank;
    if (guesses) guesses[row] = answerOf(votes, own, rank);
  });
  return ranks;
}

/** Places of the k highest scores, from high to low; equal scores go to the lower place. */
export function highest(scores: Float32Array, k: number): Int32Array {
  const size = Math.min(k, scores.length);
  const places = new Int32Array(size);
  let found = 0;
  let worst = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (found === size && !(score > worst)) continue;
    let at = found < size ? found++ : size - 1;
    for (; at > 0 && scores[places[at - 1]!]! < score; at--) places[at] = places[at - 1]!;
    places[at] = i;
    if (found === size) worst = scores[places[size - 1]!]!;
  }
  return places;
}
