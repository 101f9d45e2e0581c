/** @file Options of balance, checked: how near is a duplicate, and how many neighbours count. */

import { z } from 'zod';
import { defined } from '../defined.ts';
import { UsageError } from '../errors.ts';
import type { Exclusion } from '../quality/options.ts';

/** Which image of a group is kept, see keepRules.ts. */
export const keepRule = z.enum(['centroid', 'resolution', 'agreement', 'oldest']);
export type KeepRule = z.infer<typeof keepRule>;

/** Images with one of the flags `without` are removed, and no group keeps one. */
export interface BalanceOptions extends Exclusion {
  /** Euclidean distance of unit vectors, 0 to 2. At most one of these three is given. */
  beta?: number | undefined;
  /** The same limit as a cosine similarity, -1 to 1. */
  cosineSimilarity?: number | undefined;
  /** Share of the images to remove, 0 to 1: the smallest beta that removes at least so many. */
  removeFraction?: number | undefined;
  /** Neighbours of an image that can join it to a group. Default 32. */
  topK?: number | 'all' | undefined;
  /** Units of work; by default as few as fit in memory, see `chunkRowsFor`. Changes no result. */
  chunks?: number | undefined;
  /** Default `centroid`, the paper's. */
  keep?: KeepRule | undefined;
  /** File with samples that are never removed, see protectedRows.ts. */
  protect?: string | undefined;
  /** Groups are cut at their weakest links until no two images of one are farther apart (Euclidean). */
  maxDiameter?: number | undefined;
  /** Groups are cut at their weakest links until none has more images. */
  maxGroupSize?: number | undefined;
  /** Only images that are new since the latest balance are decided. */
  incremental?: boolean | undefined;
  /** Another dataset: images within beta of one of its images are removed too. */
  against?: string | undefined;
  /** Those images are only listed. */
  listLeaks?: boolean | undefined;
  /** Likely neighbours from an index in place of all: for sets that are too large for the exact search. */
  approximate?: boolean | undefined;
  /** Several search at once, a process each. Changes no result. */
  devices?: readonly string[] | undefined;
}

/**
 * The paper prints no beta. Nearest public value: cosine distance 0.1 on another encoder (41.2% of the images removed,
 * the paper: 43.7%), which is 0.447 Euclidean.
 */
const DEFAULT_COSINE_SIMILARITY = 0.9;
/** The paper prints no k. Enough that an image with more near-copies is still joined to all of them through the nearest. */
const DEFAULT_TOP_K = 32;
/** Two chunks are in memory at a time; larger ones read each row less often. */
const CHUNK_BYTES = 1 << 28;

export interface Plan {
  limit: { beta: number } | { removeFraction: number };
  topK: number | 'all';
  chunkRows: number;
  keep: KeepRule;
  limits: SizeLimits;
  approximate: boolean;
}

export interface SizeLimits {
  maxDiameter?: number;
  maxGroupSize?: number;
}

/** Images of a chunk whose float32 rows take 256 MB. */
export const chunkRowsFor = (dim: number): number => Math.max(1, Math.floor(CHUNK_BYTES / (4 * dim)));

/** Options of an incremental balance: what is not given is that of the earlier one. */
export function withEarlier(given: BalanceOptions, earlier: BalanceOptions): BalanceOptions {
  const { beta, ...others } = earlier;
  const hasLimit = [given.beta, given.cosineSimilarity, given.removeFraction].some((value) => value !== undefined);
  return { ...others, ...(hasLimit ? {} : { beta }), ...defined(given) };
}

/** @throws {UsageError} for a value out of range, and for two limits at once. */
export function planOf(options: BalanceOptions, images: number, dim: number): Plan {
  const { topK = DEFAULT_TOP_K, chunks } = options;
  if (options.listLeaks && options.against === undefined) {
    throw new UsageError('--list-leaks needs the dataset to compare with: --against NAME.');
  }
  const { approximate = false } = options;
  if (approximate && topK === 'all') {
    throw new UsageError('--approximate finds a number of neighbours: give one with --top-k K, not all.');
  }
  if (topK !== 'all') wholeNumber('--top-k', topK, ' or all');
  if (chunks !== undefined) wholeNumber('--chunks', chunks);
  const chunkRows = chunks === undefined ? chunkRowsFor(dim) : Math.max(1, Math.ceil(images / chunks));
  return {
    limit: limitOf(options),
    topK,
    chunkRows,
    keep: keepRuleOf(options),
    limits: sizeLimitsOf(options),
    approximate,
  };
}

function keepRuleOf({ keep = 'centroid' }: BalanceOptions): KeepRule {
  const parsed = keepRule.safeParse(keep);
  if (parsed.success) return parsed.data;
  throw new UsageError(`--keep is ${keep}; the rules are ${keepRule.options.join(', ')}.`);
}

function sizeLimitsOf({ maxDiameter, maxGroupSize }: BalanceOptions): SizeLimits {
  if (maxDiameter !== undefined) within('--max-diameter', maxDiameter, 0, 2, 'a Euclidean distance of unit vectors');
  if (maxGroupSize !== undefined) wholeNumber('--max-group-size', maxGroupSize);
  return defined({ maxDiameter, maxGroupSize });
}

function limitOf({ beta, cosineSimilarity, removeFraction }: BalanceOptions): Plan['limit'] {
  const given = [beta, cosineSimilarity, removeFraction].filter((value) => value !== undefined);
  if (given.length > 1) {
    throw new UsageError('Give one of --beta, --cosine-similarity and --remove-fraction; they set the same limit.');
  }
  if (beta !== undefined) {
    within('--beta', beta, 0, 2, 'a Euclidean distance of unit vectors');
    return { beta };
  }
  if (removeFraction !== undefined) {
    within('--remove-fraction', removeFraction, 0, 1, 'a share of the images');
    return { removeFraction };
  }
  const similarity = cosineSimilarity ?? DEFAULT_COSINE_SIMILARITY;
  within('--cosine-similarity', similarity, -1, 1, 'a cosine');
  return { beta: Math.sqrt(2 - 2 * similarity) };
}

function within(name: string, value: number, least: number, most: number, what: string): void {
  if (value >= least && value <= most) return;
  throw new UsageError(`${name} is ${value}; it is ${what} and lies between ${least} and ${most}.`);
}

function wholeNumber(name: string, value: number, or = ''): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new UsageError(`${name} is ${value}; it is a whole number from 1${or}.`);
}
