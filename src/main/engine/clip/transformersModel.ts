/**
 * @file CLIP models as the transformers library keeps them: `config.json` with a tower's sizes in `text_config` and `vision_config`,
 * `preprocessor_config.json`, and other names for the same weights, with queries, keys and values apart.
 */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { ClipConfig, PreprocessConfig, TransformerConfig } from './config.ts';
import type { TensorSource } from './fitWeights.ts';
import { endToken } from './tokenizer.ts';
import { parameterShapes } from './weights.ts';

const count = z.int().positive().max(1_000_000);
const towerShape = {
  num_hidden_layers: count.default(12),
  hidden_act: z.enum(['quick_gelu', 'gelu']).default('quick_gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
};
/** What is left out has the library's own default. */
const textSchema = z.object({
  ...towerShape,
  hidden_size: count.default(512),
  intermediate_size: count.default(2048),
  num_attention_heads: count.default(8),
  max_position_embeddings: count.default(77),
  vocab_size: count.min(49408, 'is smaller than the 49408 ids of the CLIP tokenizer').default(49408),
  eos_token_id: z.int().default(endToken),
});
const visionSchema = z.object({
  ...towerShape,
  hidden_size: count.default(768),
  intermediate_size: count.default(3072),
  num_attention_heads: count.default(12),
  num_channels: z.literal(3).default(3),
  image_size: count.default(224),
  patch_size: count.default(32),
});
const json = z.record(z.string(), z.unknown());
const modelSchema = z.object({
  model_type: z.literal('clip', 'only "clip" is covered'),
  projection_dim: count.default(512),
  logit_scale_init_value: z.number().default(2.6592),
  text_config: json.nullish(),
  vision_config: json.nullish(),
  // files of 2022 and before say it once more, and that counts
  text_config_dict: json.nullish(),
  vision_config_dict: json.nullish(),
});

/**
 * Reads `config.json` and `preprocessor_config.json` (CLIP's own preprocessing where it is undefined).
 * @throws {UsageError} naming the option that is wrong or not covered
 */
export function parseTransformersConfig(model: unknown, preprocessor: unknown, name: string): ClipConfig {
  const root = parse(modelSchema, model, name);
  const text = parse(textSchema, { ...root.text_config, ...root.text_config_dict }, `${name}: text_config`);
  const vision = parse(visionSchema, { ...root.vision_config, ...root.vision_config_dict }, `${name}: vision_config`);
  if (text.hidden_act !== vision.hidden_act) {
    throw new UsageError(
      `${name}: the towers have different activations, ${text.hidden_act} and ${vision.hidden_act}.`,
    );
  }
  if (![2, endToken].includes(text.eos_token_id)) {
    throw new UsageError(`${name}: eos_token_id ${text.eos_token_id} is not the end token of the CLIP tokenizer.`);
  }
  return {
    name,
    embedDim: root.projection_dim,
    quickGelu: text.hidden_act === 'quick_gelu',
    initLogitScale: root.logit_scale_init_value,
    vision: {
      ...tower(vision, name),
      imageSize: vision.image_size,
      patchSize: vision.patch_size,
      preNorm: true,
      pool: 'tok',
      normAfterPool: false,
    },
    text: {
      ...tower(text, name),
      contextLength: text.max_position_embeddings,
      vocabSize: text.vocab_size,
      causal: true,
      // the end token has the highest id of the tokenizer; 2 is how old files say the same
      pool: 'argmax',
      eosId: endToken,
      projection: 'linear',
    },
    preprocess: parsePreprocessor(preprocessor ?? {}, vision.image_size, name),
  };
}

function tower(cfg: z.infer<typeof textSchema> | z.infer<typeof visionSchema>, name: string): TransformerConfig {
  const { hidden_size: width, intermediate_size: hidden, num_attention_heads: heads } = cfg;
  if (width % heads !== 0) throw new UsageError(`${name}: width ${width} is no multiple of its ${heads} heads.`);
  const ratio = hidden / width;
  return {
    width,
    layers: cfg.num_hidden_layers,
    heads,
    // the hidden width is the whole part of the product, which must not fall below
    mlpRatio: Math.trunc(width * ratio) === hidden ? ratio : (hidden + 0.5) / width,
    layerScale: null,
    normEpsilon: cfg.layer_norm_eps,
  };
}

const side = z.union([
  count.transform((n) => ({ shortest: n, squash: false })),
  z.object({ shortest_edge: count }).transform(({ shortest_edge: n }) => ({ shortest: n, squash: false })),
  z
    .object({ height: count, width: count })
    .refine(({ height, width }) => height === width, 'is not square')
    .transform(({ height }) => ({ shortest: height, squash: true })),
]);
const cropSide = z.union([count, z.object({ height: count }).transform(({ height }) => height)]);
const colour = z.tuple([z.number(), z.number(), z.number()]);
const preprocessorSchema = z.object({
  do_resize: z.literal(true, 'pictures must be resized').default(true),
  do_rescale: z.literal(true, 'pixels must be scaled').default(true),
  do_normalize: z.literal(true, 'pixels must be normalised').default(true),
  do_center_crop: z.boolean().default(true),
  size: side.optional(),
  crop_size: cropSide.optional(),
  // as Pillow numbers its filters
  resample: z.union([z.literal(2), z.literal(3)], 'must be 2 (bilinear) or 3 (bicubic)').default(3),
  rescale_factor: z
    .number()
    .refine((factor) => Math.abs(factor - 1 / 255) < 1e-6, 'must be 1/255')
    .optional(),
  image_mean: colour.default([0.48145466, 0.4578275, 0.40821073]),
  image_std: colour.default([0.26862954, 0.26130258, 0.27577711]),
});

function parsePreprocessor(given: unknown, imageSize: number, name: string): PreprocessConfig {
  const cfg = parse(preprocessorSchema, given, `${name}: preprocessor_config.json`);
  const size = cfg.size ?? { shortest: imageSize, squash: false };
  const cropped = cfg.do_center_crop ? (cfg.crop_size ?? imageSize) : imageSize;
  if (size.shortest !== imageSize || cropped !== imageSize || (!cfg.do_center_crop && !size.squash)) {
    throw new UsageError(
      `${name}: preprocessor_config.json resizes to ${size.shortest} and crops to ${cropped}, the image tower takes ${imageSize}.`,
    );
  }
  return {
    mean: cfg.image_mean,
    std: cfg.image_std,
    interpolation: cfg.resample === 3 ? 'bicubic' : 'bilinear',
    resizeMode: size.squash ? 'squash' : 'shortest',
    fillColor: 0,
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new UsageError(`${name} is not a CLIP model of transformers that is covered: ${problems.join('; ')}.`);
}

/** Parts of a block, ours and the library's; each has a weight and a bias. */
export const blockParts = [
  ['ln_1', 'layer_norm1'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['ln_2', 'layer_norm2'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
] as const;

const renamed: readonly (readonly [RegExp, string])[] = [
  [/^visual\.transformer\.resblocks\.(\d+)\./, 'vision_model.encoder.layers.$1.'],
  [/^transformer\.resblocks\.(\d+)\./, 'text_model.encoder.layers.$1.'],
  ...blockParts.map(([ours, theirs]) => [new RegExp(`(?<=layers\\.\\d+\\.)${ours}`), theirs] as const),
  [/^token_embedding\./, 'text_model.embeddings.token_embedding.'],
  [/^positional_embedding$/, 'text_model.embeddings.position_embedding.weight'],
  [/^ln_final\./, 'text_model.final_layer_norm.'],
  [/^visual\.class_embedding$/, 'vision_model.embeddings.class_embedding'],
  [/^visual\.conv1\./, 'vision_model.embeddings.patch_embedding.'],
  [/^visual\.positional_embedding$/, 'vision_model.embeddings.position_embedding.weight'],
  [/^visual\.ln_pre\./, 'vision_model.pre_layrnorm.'], // spelled so in the library
  [/^visual\.ln_post\./, 'vision_model.post_layernorm.'],
  [/^visual\.proj$/, 'visual_projection.weight'],
  [/^text_projection$/, 'text_projection.weight'],
];

/** Where the library keeps each parameter of ours. */
export function transformersSources(config: ClipConfig): Map<string, TensorSource> {
  const sources = new Map<string, TensorSource>();
  for (const [name, shape] of parameterShapes(config)) {
    const theirs = renamed.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
    const packed = /^(.*)attn\.in_proj_(weight|bias)$/.exec(theirs);
    if (packed) {
      const names = ['q', 'k', 'v'].map((letter) => `${packed[1]!}self_attn.${letter}_proj.${packed[2]!}`);
      sources.set(name, { names, shape: [shape[0]! / 3, ...shape.slice(1)], transposed: false });
    } else {
      const transposed = name === 'visual.proj' || name === 'text_projection';
      sources.set(name, { names: [theirs], shape: transposed ? shape.toReversed() : shape, transposed });
    }
  }
  return sources;
}

/** By a name that only the library has. */
export const isOfTransformers = (names: Iterable<string>): boolean =>
  Iterator.from(names).some((name) => name.startsWith('vision_model.'));
