/** @file What the three tasks share. */

import type { EmbeddingConfig } from '../clip/towers.ts';
import type { Encoder } from '../clip/encoder.ts';
import type { Tokenizer } from '../clip/tokenizer.ts';
import type { StageContext } from '../progress.ts';
import type { EvaluationData } from './example.ts';
import type { FeatureCache } from './featureCache.ts';
import type { ParsedOptions } from './options.ts';
import type { EvaluationResult } from './results.ts';

/** What a task works with. */
export interface Bench extends EvaluationData {
  encoder: Encoder;
  tokenizer: Tokenizer;
  config: EmbeddingConfig;
  options: ParsedOptions;
  context: StageContext;
  /** Without a workspace there is none. */
  cache?: FeatureCache;
  /** Name of the data, for messages. */
  data: string;
}

type WithoutNames<R> = R extends unknown ? Omit<R, 'model' | 'data' | 'metric' | 'seen'> : never;

/** A result that does not know yet what was evaluated on what, and which of its numbers counts there. */
export type TaskResult = WithoutNames<EvaluationResult>;
