/**
 * @file What embedding needs of a model. A CLIP model has the towers of this folder; another one brings its own, as the bundled
 * teacher does. `towersOf` is the one place that tells them apart.
 */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import type { ClipConfig, PreprocessConfig } from './config.ts';
import { encodeImage } from './imageTower.ts';
import type { ClipModel } from './model.ts';
import { encodeText, mayShorten } from './textTower.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import type { Weights } from './weights.ts';

/** The part of a configuration that embedding looks at; that of CLIP has more. */
export interface EmbeddingConfig {
  name: string;
  embedDim: number;
  vision: { imageSize: number };
  text: { contextLength: number };
  preprocess: PreprocessConfig;
}

export interface Towers {
  /** Lengths in tokens that captions may be cut to where their padding is longer, ascending; the last is the context length. */
  captionLengths: readonly number[];
  /** Normalised pixels `[n, side, side, 3]` -> `[n, embedDim]` of any length. */
  encodeImage: (params: Record<string, Tensor>, pixels: Tensor) => Tensor2D;
  /** Token ids `[n, t]`, t one of `captionLengths` -> `[n, embedDim]` of any length. */
  encodeText: (params: Record<string, Tensor>, tokens: Tensor) => Tensor2D;
  loadTokenizer: () => Promise<Tokenizer>;
}

/** A model with towers of its own. */
export interface OtherModel {
  name: string;
  /** `pairValues`: float32 numbers of one picture and its caption that are alive at once. */
  config: EmbeddingConfig & { pairValues: number };
  weights: Weights;
  /** SHA-256 over all that its embeddings depend on, in hex. */
  fingerprint: string;
  towers: Towers;
}

export type EmbeddingModel = ClipModel | OtherModel;

/** What is computed, without the name and the fingerprint. */
export type EmbeddingParts = Pick<ClipModel, 'config' | 'weights'> | Pick<OtherModel, 'config' | 'weights' | 'towers'>;

/** Most captions are short, and padding costs as much as words. */
const shortLengths = [16, 32, 48];

export function towersOf(model: Pick<ClipModel, 'config'> | Pick<OtherModel, 'towers'>): Towers {
  return 'towers' in model ? model.towers : clipTowers(model.config);
}

function clipTowers(config: ClipConfig): Towers {
  const { contextLength } = config.text;
  const short = mayShorten(config.text) ? shortLengths.filter((length) => length < contextLength) : [];
  return {
    captionLengths: [...short, contextLength],
    encodeImage: (params, pixels) => encodeImage(config, params, pixels),
    encodeText: (params, tokens) => encodeText(config, params, tokens),
    loadTokenizer,
  };
}
