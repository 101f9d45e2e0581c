/**
 * @file Linear probe as CLIP's protocol: logistic regression on frozen features, its regularisation searched on a
 * validation split, then fitted again on training and validation images together (Radford et al. 2021, appendix A.3).
 */

import { UsageError } from '../errors.ts';
import { fitLogistic, logisticRanks, type LogisticModel } from './logisticRegression.ts';
import { stratifiedSplit, takeLabels, takeRows } from './split.ts';

export interface Labelled {
  /** `[n, dim]`, L2-normalised */
  features: Float32Array;
  /** `[n]` */
  labels: Int32Array;
}

export interface ProbeInput {
  train: Labelled;
  /** Where it is missing, a fifth of each class of `train`. */
  validation?: Labelled;
  test: Labelled;
  dim: number;
  classes: number;
}

export interface ProbeOptions {
  seed: number;
  /** Fixes C instead of searching it. */
  c?: number;
  onFit?: (done: number, total: number) => void;
  onIteration?: (iteration: number) => Promise<void>;
}

export interface ProbeOutcome {
  /** Place of the right class of each test row, from 0. */
  ranks: Int32Array;
  /** Answered class of each test row. */
  guesses: Int32Array;
  model: LogisticModel;
  c: number;
  /** Accuracy on the validation split of every C that was tried, ascending; empty when C was fixed. */
  search: { c: number; top1: number }[];
  trained: number;
  validated: number;
}

const validationFraction = 0.2;
/** The search as CLIP's: exponents of 10 two apart, then halved around the best down to an eighth. */
const firstExponents = [-6, -4, -2, 0, 2, 4, 6];
const refinements = [1, 0.5, 0.25, 0.125];
const searchFits = firstExponents.length + 2 * refinements.length;

/** Fits and tests. Progress counts fits; the sweep takes at most 15, the last is on everything. */
export async function linearProbe(input: ProbeInput, options: ProbeOptions): Promise<ProbeOutcome> {
  const { dim, classes, test } = input;
  let fits = 0;
  const total = options.c === undefined ? searchFits + 1 : 1;
  const fit = async (data: Labelled, c: number): Promise<LogisticModel> => {
    const { onIteration } = options;
    const model = await fitLogistic(data.features, data.labels, {
      dim,
      classes,
      c,
      ...(onIteration && { onIteration }),
    });
    options.onFit?.(++fits, total);
    return model;
  };
  const { train, validation } = input.validation
    ? { train: input.train, validation: input.validation }
    : splitOff(input.train, dim, options.seed);
  const search: ProbeOutcome['search'] = [];
  let c = options.c;
  if (c === undefined) {
    if (validation.labels.length === 0) {
      throw new UsageError('No class has two images, so none can validate the regularisation: give one.');
    }
    const exponent = await searchPeak(async (candidate) => {
      const model = await fit(train, 10 ** candidate);
      const top1 = share(logisticRanks(model, validation.features, validation.labels, dim));
      search.push({ c: 10 ** candidate, top1 });
      return top1;
    });
    c = 10 ** exponent;
  }
  const everything = input.validation ? joined(train, validation) : input.train;
  const model = await fit(everything, c);
  const guesses = new Int32Array(test.labels.length);
  return {
    ranks: logisticRanks(model, test.features, test.labels, dim, guesses),
    guesses,
    model,
    c,
    search: search.sort((a, b) => a.c - b.c),
    trained: everything.labels.length,
    validated: options.c === undefined ? validation.labels.length : 0,
  };
}

/** The exponent with the best score; among equals the lowest, that is the strongest regularisation. */
export async function searchPeak(score: (exponent: number) => Promise<number>): Promise<number> {
  let best = { exponent: NaN, score: -Infinity };
  const tryAll = async (exponents: readonly number[]): Promise<void> => {
    for (const exponent of exponents) {
      const found = { exponent, score: await score(exponent) };
      if (found.score > best.score || (found.score === best.score && exponent < best.exponent)) best = found;
    }
  };
  await tryAll(firstExponents);
  for (const width of refinements) await tryAll([best.exponent - width, best.exponent + width]);
  return best.exponent;
}

function splitOff(data: Labelled, dim: number, seed: number): { train: Labelled; validation: Labelled } {
  const { rest, held } = stratifiedSplit(data.labels, validationFraction, seed);
  const take = (rows: Int32Array): Labelled => ({
    features: takeRows(data.features, dim, rows),
    labels: takeLabels(data.labels, rows),
  });
  return { train: take(rest), validation: take(held) };
}

/** All rows of both. */
export function joined(a: Labelled, b: Labelled): Labelled {
  const features = new Float32Array(a.features.length + b.features.length);
  features.set(a.features);
  features.set(b.features, a.features.length);
  const labels = new Int32Array(a.labels.length + b.labels.length);
  labels.set(a.labels);
  labels.set(b.labels, a.labels.length);
  return { features, labels };
}

const share = (ranks: Int32Array): number => ranks.filter((rank) => rank === 0).length / ranks.length;
