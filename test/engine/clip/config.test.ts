/** @file Configurations and initial weights. Run: vitest run test/engine/clip/config */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtinConfig, configNames, parseConfig, toOpenClipJson } from '../../../src/main/engine/clip/config.ts';
import { initialWeights, parameterShapes } from '../../../src/main/engine/clip/weights.ts';
import { UsageError } from '../../../src/main/engine/errors.ts';
import { configurations, norm, readJson } from './fixture.ts';

const published = z
  .record(z.string(), z.object({ sha256: z.string(), parameters: z.number() }))
  .parse(readJson('shapes.json'));

const minimal = {
  embed_dim: 4,
  vision_cfg: { image_size: 8, patch_size: 4, width: 4, layers: 1, head_width: 2 },
  text_cfg: { context_length: 4, width: 4, heads: 2, layers: 1 },
};
const withVision = (options: object) => ({ ...minimal, vision_cfg: { ...minimal.vision_cfg, ...options } });
const withText = (options: object) => ({ ...minimal, text_cfg: { ...minimal.text_cfg, ...options } });

describe('built-in configurations', () => {
  it.each(Object.entries(published))('%s has the parameters of open_clip', (name, { sha256, parameters }) => {
    const shapes = [...parameterShapes(builtinConfig(name))];
    const lines = shapes.map(([key, shape]) => `${key}:${shape.join(',')}`).toSorted();
    expect(createHash('sha256').update(lines.join('\n')).digest('hex')).toBe(sha256);
    expect(shapes.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(parameters);
  });

  it('exist as plain and quick, and are listed for a wrong name', () => {
    expect(builtinConfig('ViT-B-32').quickGelu).toBe(false);
    expect(builtinConfig('ViT-B-32-quickgelu').quickGelu).toBe(true);
    expect(() => builtinConfig('ViT-B-33')).toThrow(/no configuration ViT-B-33\. Known are: ViT-B-32, /);
    expect(() => builtinConfig('toString')).toThrow(UsageError);
  });

  it.each([...configNames, ...configurations.map(({ name }) => name)])('%s survives the way through JSON', (name) => {
    const config = configurations.find((fixture) => fixture.name === name)?.config ?? builtinConfig(name);
    expect(parseConfig(JSON.parse(JSON.stringify(toOpenClipJson(config))), name)).toEqual(config);
  });
});

describe('parsing', () => {
  it('fills in the defaults of open_clip', () => {
    const config = parseConfig({ embed_dim: 512, vision_cfg: {}, text_cfg: {} }, 'bare');
    expect(config.vision).toMatchObject({
      imageSize: 224,
      patchSize: 16,
      width: 768,
      layers: 12,
      heads: 12,
      pool: 'tok',
    });
    expect(config.text).toMatchObject({ contextLength: 77, vocabSize: 49408, width: 512, heads: 8, layers: 12 });
    expect(config.preprocess).toMatchObject({ interpolation: 'bicubic', resizeMode: 'shortest', fillColor: 0 });
  });

  it('accepts options that change nothing here', () => {
    const json = { ...withVision({ patch_dropout: 0.5, timm_pool: '', attentional_pool: false }), custom_text: true };
    expect(parseConfig(json, 'x')).toEqual(parseConfig(minimal, 'x'));
  });

  it.each([
    [withVision({ timm_model_name: 'vit_base' }), /timm_model_name = "vit_base" cannot be used: image towers of timm/],
    [withVision({ layers: [3, 4, 6, 3] }), /layers is a list, so this is a ResNet/],
    [withVision({ attentional_pool: true }), /attentional_pool = true/],
    [withVision({ qk_norm: true }), /qk_norm = true/],
    [withVision({ pos_embed_type: 'sin_cos_2d' }), /pos_embed_type = "sin_cos_2d"/],
    [withVision({ image_size: [8, 12] }), /vision_cfg\.image_size: is not square/],
    [withVision({ patch_size: 16 }), /patch_size 16 is larger than image_size 8/],
    [withVision({ width: 5 }), /vision_cfg has width 5 and 2 heads/],
    [withVision({ head_width: 8 }), /vision_cfg has width 4 and 0 heads/],
    [withVision({ colour: 'red' }), /vision_cfg: colour = "red" cannot be used: unknown option/],
    [withVision({ layers: 0 }), /vision_cfg\.layers/],
    [withVision({ act_kwargs: { approximate: 'tanh' } }), /act_kwargs/],
    [withText({ hf_model_name: 'roberta-base' }), /hf_model_name = "roberta-base" cannot be used: text towers of/],
    [withText({ embed_cls: true }), /embed_cls = true cannot be used: CoCa/],
    [withText({ vocab_size: 32000 }), /smaller than the 49408 ids/],
    [withText({ proj_type: 'none', width: 6 }), /text width 6 must equal embed_dim 4/],
    [{ ...minimal, multimodal_cfg: {} }, /multimodal_cfg = \{\} cannot be used: CoCa/],
    [{ ...minimal, init_logit_bias: -10 }, /init_logit_bias = -10 cannot be used: SigLIP/],
    [{ embed_dim: 4 }, /has no vision_cfg; is it a configuration of open_clip/],
    [{ ...minimal, embed_dim: 'wide' }, /embed_dim/],
    [[], /expected a JSON object/],
    [null, /expected a JSON object/],
  ])('refuses by name %#', (json, message) => {
    expect(() => parseConfig(json, 'x')).toThrow(message);
    expect(() => parseConfig(json, 'x')).toThrow(UsageError);
  });
});

describe('initial weights', () => {
  const config = builtinConfig('micro-32');
  const weights = initialWeights(config, 5);
  const data = (name: string) => weights.get(name)!.data;
  const deviation = (name: string) => norm(data(name)) / Math.sqrt(data(name).length);

  it('have every parameter and repeat from the seed', () => {
    expect(new Map([...weights].map(([name, { shape }]) => [name, shape]))).toEqual(parameterShapes(config));
    for (const [name, again] of initialWeights(config, 5)) {
      expect(Buffer.compare(Buffer.from(again.data.buffer), Buffer.from(data(name).buffer)), name).toBe(0);
    }
    expect(initialWeights(config, 6).get('visual.proj')).not.toEqual(weights.get('visual.proj'));
    expect(data('visual.transformer.resblocks.0.mlp.c_fc.weight')).not.toEqual(
      data('visual.transformer.resblocks.1.mlp.c_fc.weight'),
    );
  });

  // standard deviations of open_clip's own models, from its formulas; a uniform number within b has b / sqrt(3)
  it.each([
    ['visual.conv1.weight', 1 / Math.sqrt(3 * 64) / Math.sqrt(3)],
    ['visual.positional_embedding', 1 / 8],
    ['visual.transformer.resblocks.0.attn.in_proj_weight', Math.sqrt(6 / 256) / Math.sqrt(3)],
    ['visual.transformer.resblocks.0.attn.out_proj.weight', 1 / 8 / Math.sqrt(3)],
    ['visual.transformer.resblocks.1.mlp.c_proj.weight', 1 / 16 / Math.sqrt(3)],
    ['visual.proj', 1 / 8],
    ['token_embedding.weight', 0.02],
    ['positional_embedding', 0.01],
    ['transformer.resblocks.0.attn.in_proj_weight', 1 / 8],
    ['transformer.resblocks.0.attn.out_proj.weight', 1 / 8 / 2],
    ['transformer.resblocks.0.mlp.c_fc.weight', 1 / Math.sqrt(128)],
    ['transformer.resblocks.0.mlp.c_proj.weight', 1 / 8 / 2],
    ['text_projection', 1 / 8],
  ])('%s spreads by %d', (name, expected) => {
    expect(deviation(name) / expected).toBeGreaterThan(0.93);
    expect(deviation(name) / expected).toBeLessThan(1.07);
  });

  it('start norms at one and zero, and the logit scale at 1 / 0.07', () => {
    expect(new Set(data('ln_final.weight'))).toEqual(new Set([1]));
    expect(new Set(data('visual.ln_pre.bias'))).toEqual(new Set([0]));
    expect(data('logit_scale')[0]).toBeCloseTo(Math.log(1 / 0.07));
  });
});
