/** @file The parameters of a model: names and shapes of open_clip's state dict, and its random start. */

import { normalStream, randomStream } from '../random.ts';
import type { ClipConfig, TransformerConfig } from './config.ts';

export interface Weight {
  shape: number[];
  data: Float32Array;
}

/** Keys are open_clip's names; linear weights are `[out, in]`. */
export type Weights = Map<string, Weight>;

type Start = { kind: 'constant'; value: number } | { kind: 'normal'; std: number } | { kind: 'uniform'; bound: number };
interface Parameter {
  shape: number[];
  start: Start;
}

const constant = (value: number): Start => ({ kind: 'constant', value });
const normal = (std: number): Start => ({ kind: 'normal', std });
const uniform = (bound: number): Start => ({ kind: 'uniform', bound });

/** Name -> shape of every parameter. */
export function parameterShapes(config: ClipConfig): Map<string, number[]> {
  return new Map([...parameters(config)].map(([name, { shape }]) => [name, shape]));
}

/** A model before training, from the distributions of open_clip. Each parameter has its own random stream. */
export function initialWeights(config: ClipConfig, seed: number): Weights {
  const weights: Weights = new Map();
  for (const [name, { shape, start }] of parameters(config)) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    fill(data, start, [seed, ...Buffer.from(name)]);
    weights.set(name, { shape, data });
  }
  return weights;
}

function fill(data: Float32Array, start: Start, seed: number[]): void {
  switch (start.kind) {
    case 'constant':
      data.fill(start.value);
      return;
    case 'normal': {
      const next = normalStream(...seed);
      for (let i = 0; i < data.length; i++) data[i] = start.std * next();
      return;
    }
    case 'uniform': {
      const next = randomStream(...seed);
      for (let i = 0; i < data.length; i++) data[i] = start.bound * (2 * next() - 1);
    }
  }
}

/** Side of the grid of patches; pixels beyond the last whole patch are not seen. */
export function gridSize(config: ClipConfig): number {
  return Math.floor(config.vision.imageSize / config.vision.patchSize);
}

function parameters(config: ClipConfig): Map<string, Parameter> {
  const { vision, text, embedDim } = config;
  const all = new Map<string, Parameter>();
  const add = (name: string, shape: number[], start: Start) => all.set(name, { shape, start });
  const layerNorm = (name: string, width: number) => {
    add(`${name}.weight`, [width], constant(1));
    add(`${name}.bias`, [width], constant(0));
  };

  add('logit_scale', [], constant(config.initLogitScale));

  const visionStd = vision.width ** -0.5;
  const patchInputs = 3 * vision.patchSize ** 2;
  add('visual.class_embedding', [vision.width], normal(visionStd));
  add('visual.positional_embedding', [gridSize(config) ** 2 + 1, vision.width], normal(visionStd));
  add('visual.conv1.weight', [vision.width, 3, vision.patchSize, vision.patchSize], uniform(patchInputs ** -0.5));
  if (vision.preNorm) layerNorm('visual.ln_pre', vision.width);
  // PyTorch's own start: Xavier for q, k, v, 1/sqrt(inputs) for the linear layers
  addBlocks(add, 'visual.transformer', vision, {
    inProjection: uniform(Math.sqrt(6 / (4 * vision.width))),
    outProjection: uniform(vision.width ** -0.5),
    hidden: uniform(vision.width ** -0.5),
    back: uniform(mlpWidth(vision) ** -0.5),
  });
  layerNorm('visual.ln_post', vision.width);
  add('visual.proj', [vision.width, embedDim], normal(visionStd));

  const textStd = text.width ** -0.5;
  const residualStd = textStd * (2 * text.layers) ** -0.5;
  add('token_embedding.weight', [text.vocabSize, text.width], normal(0.02));
  add('positional_embedding', [text.contextLength, text.width], normal(0.01));
  addBlocks(add, 'transformer', text, {
    inProjection: normal(textStd),
    outProjection: normal(residualStd),
    hidden: normal((2 * text.width) ** -0.5),
    back: normal(residualStd),
  });
  layerNorm('ln_final', text.width);
  if (text.projection === 'linear') add('text_projection', [text.width, embedDim], normal(textStd));
  if (text.projection === 'linear-bias') {
    add('text_projection.weight', [embedDim, text.width], normal(textStd));
    add('text_projection.bias', [embedDim], constant(0));
  }
  return all;
}

export function mlpWidth(tower: TransformerConfig): number {
  return Math.trunc(tower.width * tower.mlpRatio);
}

function addBlocks(
  add: (name: string, shape: number[], start: Start) => void,
  prefix: string,
  tower: TransformerConfig,
  start: { inProjection: Start; outProjection: Start; hidden: Start; back: Start },
): void {
  const { width } = tower;
  const hidden = mlpWidth(tower);
  for (let layer = 0; layer < tower.layers; layer++) {
    const block = `${prefix}.resblocks.${layer}`;
    for (const norm of ['ln_1', 'ln_2']) {
      add(`${block}.${norm}.weight`, [width], constant(1));
      add(`${block}.${norm}.bias`, [width], constant(0));
    }
    add(`${block}.attn.in_proj_weight`, [3 * width, width], start.inProjection);
    add(`${block}.attn.in_proj_bias`, [3 * width], constant(0));
    add(`${block}.attn.out_proj.weight`, [width, width], start.outProjection);
    add(`${block}.attn.out_proj.bias`, [width], constant(0));
    add(`${block}.mlp.c_fc.weight`, [hidden, width], start.hidden);
    add(`${block}.mlp.c_fc.bias`, [hidden], uniform(width ** -0.5));
    add(`${block}.mlp.c_proj.weight`, [width, hidden], start.back);
    add(`${block}.mlp.c_proj.bias`, [width], uniform(hidden ** -0.5));
    if (tower.layerScale !== null) {
      add(`${block}.ls_1.gamma`, [width], constant(tower.layerScale));
      add(`${block}.ls_2.gamma`, [width], constant(tower.layerScale));
    }
  }
}
