/** @file What a CLIP model is made of, as open_clip's JSON configurations describe it. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { presets } from './presets.ts';
import { refuseUncovered } from './uncovered.ts';

export interface TransformerConfig {
  width: number;
  layers: number;
  heads: number;
  /** Width of the hidden layer over `width`. */
  mlpRatio: number;
  /** Initial value of the learned scale per channel on each residual branch; null without one. */
  layerScale: number | null;
  normEpsilon: number;
}

export interface VisionConfig extends TransformerConfig {
  /** Side of the square picture, in pixels. */
  imageSize: number;
  patchSize: number;
  /** LayerNorm before the first block. */
  preNorm: boolean;
  /** `tok`: the class token; `avg`: the mean of the patches. */
  pool: 'tok' | 'avg';
  /** The last LayerNorm comes after pooling. */
  normAfterPool: boolean;
}

export interface TextConfig extends TransformerConfig {
  contextLength: number;
  vocabSize: number;
  causal: boolean;
  /** Which token stands for the caption: `argmax` is the one with the highest id (the end token), `eos` the first `eosId`. */
  pool: 'argmax' | 'first' | 'last' | 'eos';
  eosId: number;
  projection: 'linear' | 'linear-bias' | 'none';
}

export interface PreprocessConfig {
  /** Of R, G, B in [0, 1]. */
  mean: [number, number, number];
  std: [number, number, number];
  interpolation: 'bicubic' | 'bilinear';
  /** `shortest`: resize the shorter side and crop the centre; `longest`: resize the longer side and pad; `squash`: ignore the aspect. */
  resizeMode: 'shortest' | 'longest' | 'squash';
  /** Value of padded pixels, 0 to 255. */
  fillColor: number;
}

export interface ClipConfig {
  name: string;
  embedDim: number;
  /** x * sigmoid(1.702 x) in place of the exact GELU. */
  quickGelu: boolean;
  /** Logarithm of the logit scale before training. */
  initLogitScale: number;
  vision: VisionConfig;
  text: TextConfig;
  preprocess: PreprocessConfig;
}

const count = z.int().positive();
/** A number, or the same number twice as [height, width]. */
const square = z
  .union([count, z.tuple([count, count])])
  .refine((size) => typeof size === 'number' || size[0] === size[1], 'is not square; only square sizes are covered')
  .transform((size) => (typeof size === 'number' ? size : size[0]));
const tower = {
  mlp_ratio: z.number().positive().default(4),
  ls_init_value: z.number().nullish(),
  norm_kwargs: z.strictObject({ eps: z.number().positive().default(1e-5) }).nullish(),
};
const visionSchema = z.object({
  ...tower,
  image_size: square.default(224),
  patch_size: square.default(16),
  width: count.default(768),
  layers: count.default(12),
  head_width: count.default(64),
  no_ln_pre: z.boolean().default(false),
  pool_type: z.enum(['tok', 'avg']).default('tok'),
  final_ln_after_pool: z.boolean().default(false),
});
const textSchema = z.object({
  ...tower,
  context_length: count.default(77),
  vocab_size: count.min(49408, 'is smaller than the 49408 ids of the CLIP tokenizer').default(49408),
  width: count.default(512),
  heads: count.default(8),
  layers: count.default(12),
  no_causal_mask: z.boolean().default(false),
  pool_type: z.enum(['argmax', 'first', 'last', 'eos']).default('argmax'),
  eos_id: z.int().default(2),
  proj_type: z.enum(['linear', 'none']).default('linear'),
  proj_bias: z.boolean().default(false),
});
const modelSchema = z.object({
  embed_dim: count,
  quick_gelu: z.boolean().default(false),
  init_logit_scale: z.number().default(Math.log(1 / 0.07)),
  vision_cfg: visionSchema,
  text_cfg: textSchema,
});
/** A colour, or one number for all three channels. */
const colour = z
  .union([z.number(), z.tuple([z.number(), z.number(), z.number()])])
  .transform((value): [number, number, number] => (typeof value === 'number' ? [value, value, value] : value));
const preprocessSchema = z.object({
  mean: colour.default([0.48145466, 0.4578275, 0.40821073]),
  std: colour.default([0.26862954, 0.26130258, 0.27577711]),
  // open_clip reads `random` as bicubic outside training
  interpolation: z
    .enum(['bicubic', 'bilinear', 'random'])
    .default('bicubic')
    .transform((name) => (name === 'bilinear' ? 'bilinear' : 'bicubic')),
  resize_mode: z.enum(['shortest', 'longest', 'squash']).default('shortest'),
  fill_color: z.int().min(0).max(255).default(0),
});

/**
 * Reads a configuration of open_clip: `{model_cfg, preprocess_cfg}` or the bare model part.
 * @throws {UsageError} naming the option that is wrong or not covered.
 */
export function parseConfig(json: unknown, name: string): ClipConfig {
  const root = record(json, name);
  const model = 'model_cfg' in root ? record(root['model_cfg'], `${name}: model_cfg`) : root;
  refuseUncovered(model, name);
  const { vision_cfg: vision, text_cfg: text, ...top } = parse(modelSchema, model, name);
  const preprocess = parse(preprocessSchema, withoutNulls(record(root['preprocess_cfg'] ?? {}, name)), name);
  const config: ClipConfig = {
    name,
    embedDim: top.embed_dim,
    quickGelu: top.quick_gelu,
    initLogitScale: top.init_logit_scale,
    vision: {
      ...transformer(vision, Math.floor(vision.width / vision.head_width)),
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
      preNorm: !vision.no_ln_pre,
      pool: vision.pool_type,
      normAfterPool: vision.final_ln_after_pool,
    },
    text: {
      ...transformer(text, text.heads),
      contextLength: text.context_length,
      vocabSize: text.vocab_size,
      causal: !text.no_causal_mask,
      pool: text.pool_type,
      eosId: text.eos_id,
      projection: text.proj_type === 'none' ? 'none' : text.proj_bias ? 'linear-bias' : 'linear',
    },
    preprocess: {
      mean: preprocess.mean,
      std: preprocess.std,
      interpolation: preprocess.interpolation,
      resizeMode: preprocess.resize_mode,
      fillColor: preprocess.fill_color,
    },
  };
  checkFit(config);
  return config;
}

function transformer(
  cfg: {
    width: number;
    layers: number;
    mlp_ratio: number;
    ls_init_value?: number | null | undefined;
    norm_kwargs?: { eps: number } | null | undefined;
  },
  heads: number,
): TransformerConfig {
  return {
    width: cfg.width,
    layers: cfg.layers,
    heads,
    mlpRatio: cfg.mlp_ratio,
    layerScale: cfg.ls_init_value ?? null,
    normEpsilon: cfg.norm_kwargs?.eps ?? 1e-5,
  };
}

function checkFit(config: ClipConfig): void {
  for (const [part, { width, heads }] of [['vision', config.vision] as const, ['text', config.text] as const]) {
    if (heads < 1 || width % heads !== 0) {
      throw new UsageError(
        `${config.name}: ${part}_cfg has width ${width} and ${heads} heads; the width must be a multiple.`,
      );
    }
  }
  if (config.vision.patchSize > config.vision.imageSize) {
    throw new UsageError(
      `${config.name}: patch_size ${config.vision.patchSize} is larger than image_size ${config.vision.imageSize}.`,
    );
  }
  if (config.text.projection === 'none' && config.text.width !== config.embedDim) {
    throw new UsageError(
      `${config.name}: without a text projection, text width ${config.text.width} must equal embed_dim ${config.embedDim}.`,
    );
  }
}

/** The configuration as open_clip reads it from `open_clip_config.json`. */
export function toOpenClipJson(config: ClipConfig): { model_cfg: object; preprocess_cfg: object } {
  const { vision, text, preprocess } = config;
  return {
    model_cfg: {
      embed_dim: config.embedDim,
      quick_gelu: config.quickGelu,
      init_logit_scale: config.initLogitScale,
      vision_cfg: {
        image_size: vision.imageSize,
        patch_size: vision.patchSize,
        head_width: vision.width / vision.heads,
        no_ln_pre: !vision.preNorm,
        pool_type: vision.pool,
        final_ln_after_pool: vision.normAfterPool,
        ...towerJson(vision),
      },
      text_cfg: {
        context_length: text.contextLength,
        vocab_size: text.vocabSize,
        heads: text.heads,
        no_causal_mask: !text.causal,
        pool_type: text.pool,
        eos_id: text.eosId,
        proj_type: text.projection === 'none' ? 'none' : 'linear',
        proj_bias: text.projection === 'linear-bias',
        ...towerJson(text),
      },
    },
    preprocess_cfg: {
      size: [vision.imageSize, vision.imageSize],
      mode: 'RGB',
      mean: preprocess.mean,
      std: preprocess.std,
      interpolation: preprocess.interpolation,
      resize_mode: preprocess.resizeMode,
      fill_color: preprocess.fillColor,
    },
  };
}

function towerJson(tower: TransformerConfig): object {
  return {
    width: tower.width,
    layers: tower.layers,
    mlp_ratio: tower.mlpRatio,
    ...(tower.layerScale === null ? {} : { ls_init_value: tower.layerScale }),
    ...(tower.normEpsilon === 1e-5 ? {} : { norm_kwargs: { eps: tower.normEpsilon } }),
  };
}

/** Names of the configurations that need no file. */
export const configNames: readonly string[] = Object.keys(presets);

/** @throws {UsageError} listing the names when `name` is not one of them. */
export function builtinConfig(name: string): ClipConfig {
  const preset = presets[name];
  if (preset === undefined) {
    throw new UsageError(`There is no configuration ${name}. Known are: ${configNames.join(', ')}.`);
  }
  return parseConfig(preset, name);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError(`${name} is not a usable CLIP configuration: ${problems.join('; ')}.`);
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new UsageError(`${name} is not a configuration: expected a JSON object.`);
}

function withoutNulls(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
