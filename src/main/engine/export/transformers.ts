/**
 * @file A model in the layout of the transformers library (CLIPModel, CLIPProcessor): other names for the same weights, with
 * queries, keys and values apart. Checked against the library by test/fixtures/clip/check_transformers.py.
 */

import path from 'node:path';
import type { ClipConfig, TextConfig, TransformerConfig, VisionConfig } from '../clip/config.ts';
import { writeSafetensors } from '../clip/safetensors.ts';
import { endToken, startToken } from '../clip/tokenizer.ts';
import { transpose } from '../clip/fitWeights.ts';
import { blockParts } from '../clip/transformersModel.ts';
import { mlpWidth, type Weight, type Weights } from '../clip/weights.ts';
import { UsageError } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import { tokenizerFiles } from './transformersTokenizer.ts';

/** Writes all files into `dir`. @throws {UsageError} naming what CLIPModel cannot express. */
export async function saveForTransformers(dir: string, config: ClipConfig, weights: Weights): Promise<void> {
  refuseInexpressible(config);
  await writeSafetensors(path.join(dir, 'model.safetensors'), convertWeights(config, weights));
  const files = {
    'config.json': JSON.stringify(modelJson(config), null, 2),
    'preprocessor_config.json': JSON.stringify(preprocessorJson(config), null, 2),
    ...(await tokenizerFiles(config.text.contextLength)),
  };
  for (const [name, content] of Object.entries(files)) await writeWhole(path.join(dir, name), content + '\n');
}

/** @throws {UsageError} naming what CLIPModel cannot express */
export function refuseInexpressible({ name, vision, text, preprocess }: ClipConfig): void {
  const problems = [
    !vision.preNorm && 'no LayerNorm before the first block (no_ln_pre)',
    vision.pool !== 'tok' && `vision pooling "${vision.pool}"`,
    (vision.layerScale ?? text.layerScale) !== null && 'a learned scale on the branches (ls_init_value)',
    !text.causal && 'attention of the text tower in both directions (no_causal_mask)',
    !['argmax', 'eos'].includes(text.pool) && `text pooling "${text.pool}"`,
    text.pool === 'eos' && text.eosId !== endToken && `the end token ${text.eosId}`,
    text.projection === 'linear-bias' && 'a text projection with bias (proj_bias)',
    preprocess.resizeMode === 'longest' && 'pictures padded to a square (resize_mode "longest")',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) {
    throw new UsageError(
      `${name} cannot be written for transformers: its CLIPModel has no place for ${problems.join(', ')}. Use --format open_clip.`,
    );
  }
}

function convertWeights(config: ClipConfig, weights: Weights): Weights {
  const get = (name: string): Weight => weights.get(name)!;
  const converted: Weights = new Map([['logit_scale', { shape: [], data: get('logit_scale').data }]]);
  const both = (from: string, to: string) => {
    for (const part of ['weight', 'bias']) converted.set(`${to}.${part}`, get(`${from}.${part}`));
  };

  converted.set('text_model.embeddings.token_embedding.weight', get('token_embedding.weight'));
  converted.set('text_model.embeddings.position_embedding.weight', get('positional_embedding'));
  convertBlocks(config.text, 'transformer', 'text_model', get, converted);
  both('ln_final', 'text_model.final_layer_norm');

  converted.set('vision_model.embeddings.class_embedding', get('visual.class_embedding'));
  converted.set('vision_model.embeddings.patch_embedding.weight', get('visual.conv1.weight'));
  converted.set('vision_model.embeddings.position_embedding.weight', get('visual.positional_embedding'));
  both('visual.ln_pre', 'vision_model.pre_layrnorm'); // spelled so in the library
  convertBlocks(config.vision, 'visual.transformer', 'vision_model', get, converted);
  both('visual.ln_post', 'vision_model.post_layernorm');

  converted.set('visual_projection.weight', transposed(get('visual.proj')));
  const { projection, width } = config.text;
  converted.set('text_projection.weight', projection === 'none' ? identity(width) : transposed(get('text_projection')));
  return converted;
}

function convertBlocks(
  { layers, width }: TransformerConfig,
  from: string,
  to: string,
  get: (name: string) => Weight,
  converted: Weights,
): void {
  for (let layer = 0; layer < layers; layer++) {
    const [source, target] = [`${from}.resblocks.${layer}`, `${to}.encoder.layers.${layer}`];
    for (const part of ['weight', 'bias']) {
      const { shape, data } = get(`${source}.attn.in_proj_${part}`);
      const third = data.length / 3;
      for (const [i, name] of ['q', 'k', 'v'].entries()) {
        converted.set(`${target}.self_attn.${name}_proj.${part}`, {
          shape: [width, ...shape.slice(1)],
          data: data.subarray(i * third, (i + 1) * third),
        });
      }
      for (const [ours, theirs] of blockParts) {
        converted.set(`${target}.${theirs}.${part}`, get(`${source}.${ours}.${part}`));
      }
    }
  }
}

const transposed = ({ shape, data }: Weight): Weight => ({ shape: shape.toReversed(), data: transpose(data, shape) });

function identity(width: number): Weight {
  const data = new Float32Array(width * width);
  for (let i = 0; i < width; i++) data[i * width + i] = 1;
  return { shape: [width, width], data };
}

function modelJson({ embedDim, quickGelu, initLogitScale, vision, text }: ClipConfig): object {
  const tower = (cfg: VisionConfig | TextConfig) => ({
    hidden_size: cfg.width,
    intermediate_size: mlpWidth(cfg),
    num_hidden_layers: cfg.layers,
    num_attention_heads: cfg.heads,
    layer_norm_eps: cfg.normEpsilon,
    hidden_act: quickGelu ? 'quick_gelu' : 'gelu',
    projection_dim: embedDim,
    attention_dropout: 0,
  });
  return {
    architectures: ['CLIPModel'],
    model_type: 'clip',
    projection_dim: embedDim,
    logit_scale_init_value: initLogitScale,
    torch_dtype: 'float32',
    text_config: {
      ...{ model_type: 'clip_text_model', ...tower(text) },
      ...{ vocab_size: text.vocabSize, max_position_embeddings: text.contextLength },
      // the first end token stands for the caption; padding comes after it and changes nothing
      ...{ bos_token_id: startToken, eos_token_id: endToken, pad_token_id: endToken },
    },
    vision_config: {
      ...{ model_type: 'clip_vision_model', ...tower(vision) },
      ...{ image_size: vision.imageSize, patch_size: vision.patchSize, num_channels: 3 },
    },
  };
}

function preprocessorJson({ vision: { imageSize }, preprocess }: ClipConfig): object {
  const { mean, std, interpolation, resizeMode } = preprocess;
  const square = { height: imageSize, width: imageSize };
  return {
    image_processor_type: 'CLIPImageProcessor',
    ...{ do_convert_rgb: true, do_resize: true, do_rescale: true, do_normalize: true },
    size: resizeMode === 'squash' ? square : { shortest_edge: imageSize },
    resample: interpolation === 'bicubic' ? 3 : 2, // as Pillow numbers its filters
    do_center_crop: resizeMode !== 'squash',
    crop_size: square,
    rescale_factor: 1 / 255,
    image_mean: mean,
    image_std: std,
  };
}
