/** @file The compiled step: AdamW against PyTorch, micro-batches against the whole batch, sampled classes. */

import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/main/engine/clip/config.ts';
import { initialWeights } from '../../../src/main/engine/clip/weights.ts';
import { distillOptions, type DistillInput } from '../../../src/main/engine/distill/options.ts';
import {
  CENTRES,
  LOGIT_SCALE,
  PROJECTION,
  firstMoment,
  secondMoment,
  type Sizes,
} from '../../../src/main/engine/distill/parameters.ts';
import { adamCorrections } from '../../../src/main/engine/distill/schedule.ts';
import { trainingProgram } from '../../../src/main/engine/distill/step.ts';
import { Trainer, type StepInput } from '../../../src/main/engine/distill/trainer.ts';
import { normalStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { compile } from '../../../src/main/engine/runtime/compile.ts';
import { fixture, relativeError } from './fixture.ts';

/** A model small enough to run in milliseconds; only the vocabulary has its real size. */
const config = parseConfig(
  {
    embed_dim: fixture.sizes.student,
    vision_cfg: { image_size: 16, patch_size: 8, width: 8, layers: 1, head_width: 4 },
    text_cfg: { context_length: 8, vocab_size: 49408, width: 8, heads: 2, layers: 1 },
  },
  'test',
);

const scalar = (value: number): Float32Array => Float32Array.of(value);

test('three AdamW steps of the parameter groups equal PyTorch', () => {
  const { sizes, adam } = fixture;
  const { settings } = adam;
  // with micro-batches the losses' own parameters are a function of their own: embeddings in, one step
  const options = distillOptions({ ...adam.options, ...settings, batch: sizes.batch, microBatch: 2 });
  const shape: Sizes = { teacherDim: sizes.teacher, classes: sizes.classes, scored: sizes.classes, tokens: 8 };
  const spec = trainingProgram(config, options, shape);
  const program = compile({ ...spec, functions: { head: spec.functions['head']! } });
  program.initialise({
    [PROJECTION]: Float32Array.from(adam.state.projection!),
    [CENTRES]: Float32Array.from(adam.state.centres),
    [LOGIT_SCALE]: Float32Array.from(adam.state.logitScale),
  });
  for (const [index, expected] of adam.steps.entries()) {
    const corrections = adamCorrections(index + 1, options);
    const result = program.run('head', {
      image: Float32Array.from(adam.state.image),
      text: Float32Array.from(adam.state.text),
      teacherImage: Float32Array.from(adam.batch.teacherImage),
      teacherText: Float32Array.from(adam.batch.teacherText),
      labels: Int32Array.from(adam.batch.labels),
      decay: scalar(settings.lr * settings.weightDecay),
      rate: scalar(settings.lr * corrections.rate),
      centresRate: scalar(settings.centresLr * corrections.rate),
      epsilon: scalar(corrections.epsilon),
    });
    for (const [name, loss] of Object.entries(expected.losses)) {
      expect(relativeError(result[`loss/${name}`]!, [loss]), `${name} of step ${index + 1}`).toBeLessThan(1e-4);
    }
    const after = program.read([PROJECTION, CENTRES, LOGIT_SCALE]);
    expect(relativeError(after[PROJECTION]!, expected.after.projection)).toBeLessThan(1e-5);
    expect(relativeError(after[CENTRES]!, expected.after.centres)).toBeLessThan(1e-5);
    expect(relativeError(after[LOGIT_SCALE]!, expected.after.logitScale)).toBeLessThan(1e-6);
  }
  program.dispose();
});

const teacherDim = 7;

function stepInput(batch: number, scored: number): StepInput {
  const next = normalStream(3);
  const random = (n: number): Float32Array => Float32Array.from({ length: n }, () => next());
  const unit = (): Float32Array => {
    const rows = random(batch * teacherDim);
    for (let row = 0; row < batch; row++) {
      const part = rows.subarray(row * teacherDim, (row + 1) * teacherDim);
      const length = Math.hypot(...part);
      for (const [i, value] of part.entries()) part[i] = value / length;
    }
    return rows;
  };
  return {
    step: 1,
    pixels: Uint8Array.from({ length: batch * 16 * 16 * 3 }, (_, i) => (i * 7919) % 256),
    tokens: Int32Array.from({ length: batch * 8 }, (_, i) => (i % 8 === 5 ? 49407 : (i * 7919) % 49000)),
    teacherImage: unit(),
    teacherText: unit(),
    classes: Int32Array.from({ length: scored }, (_, i) => i * 2),
    labels: Int32Array.from({ length: batch }, (_, i) => i % scored),
  };
}

function trainerOf(given: DistillInput, classes: number, scored: number): Trainer {
  const options = distillOptions({ batch: 6, warmup: 0, ...given });
  const trainer = new Trainer(config, options, { teacherDim, classes, scored, tokens: 8 }, 10);
  const next = normalStream(9);
  const values: Record<string, Float32Array> = {
    [PROJECTION]: Float32Array.from({ length: teacherDim * config.embedDim }, () => next() * 0.4),
    [CENTRES]: Float32Array.from({ length: classes * teacherDim }, () => next() * 0.4),
  };
  for (const [name, { data }] of initialWeights(config, 5)) values[name] = data;
  trainer.initialise(values);
  return trainer;
}

/** After one step the first moments are the gradients, times 1 - beta1. */
function compareGradients(a: Trainer, b: Trainer): void {
  const moments = (trainer: Trainer): number[] =>
    Object.entries(trainer.values()).flatMap(([name, values]) => (name.startsWith('adam.m') ? Array.from(values) : []));
  expect(relativeError(moments(b), moments(a))).toBeLessThan(1e-4);
}

describe('micro-batches', () => {
  test('give the losses and the parameters of the whole batch', () => {
    const whole = trainerOf({}, 12, 12);
    const split = trainerOf({ microBatch: 2 }, 12, 12);
    const { classes: _, ...input } = stepInput(6, 12);
    for (let step = 1; step <= 3; step++) {
      if (step === 2) compareGradients(whole, split);
      const a = whole.step({ ...input, step }).metrics;
      const b = split.step({ ...input, step }).metrics;
      for (const name of Object.keys(a)) expect(relativeError([b[name]!], [a[name]!]), name).toBeLessThan(1e-4);
    }
    whole.dispose();
    split.dispose();
  });
});

describe('sampled classes', () => {
  test('only the scored rows of W and of its moments move', () => {
    const trainer = trainerOf({ centresLr: 0.1, negativeRate: 0.5 }, 12, 6);
    const before = trainer.values();
    trainer.step(stepInput(6, 6));
    const after = trainer.values();
    for (let row = 0; row < 12; row++) {
      const part = (values: ArrayLike<number>): number[] =>
        Array.from(values).slice(row * teacherDim, (row + 1) * teacherDim);
      const moved = relativeError(part(after[CENTRES]!), part(before[CENTRES]!)) > 0;
      expect(moved, `row ${row}`).toBe(row % 2 === 0);
      expect(part(after[firstMoment(CENTRES)]!).some((value) => value !== 0)).toBe(row % 2 === 0);
    }
    trainer.dispose();
  });

  test('the rows move as if W had no others', () => {
    const sampled = trainerOf({ centresLr: 0.1, negativeRate: 0.5 }, 12, 6);
    const dense = trainerOf({ centresLr: 0.1 }, 6, 6);
    const evenRows = (values: ArrayLike<number>): Float32Array =>
      Float32Array.from(
        { length: 6 * teacherDim },
        (_, i) => values[2 * Math.floor(i / teacherDim) * teacherDim + (i % teacherDim)]!,
      );
    const start = sampled.values();
    dense.initialise({
      ...start,
      [CENTRES]: evenRows(start[CENTRES]!),
      [firstMoment(CENTRES)]: evenRows(start[firstMoment(CENTRES)]!),
      [secondMoment(CENTRES)]: evenRows(start[secondMoment(CENTRES)]!),
    });
    const { classes, ...input } = stepInput(6, 6);
    for (let step = 1; step <= 2; step++) {
      const a = sampled.step({ ...input, classes: classes!, step }).metrics;
      const b = dense.step({ ...input, step }).metrics;
      expect(relativeError([b['loss/label']!], [a['loss/label']!])).toBeLessThan(1e-5);
    }
    expect(relativeError(evenRows(sampled.values()[CENTRES]!), dense.values()[CENTRES]!)).toBeLessThan(1e-5);
    sampled.dispose();
    dense.dispose();
  });
});

test('100 steps leave no tensor behind', () => {
  const trainer = trainerOf({}, 6, 6);
  const { classes: _, ...input } = stepInput(6, 6);
  trainer.step(input);
  const before = tf.memory().numTensors;
  for (let step = 2; step <= 101; step++) trainer.step({ ...input, step: 2 });
  expect(tf.memory().numTensors).toBe(before);
  trainer.dispose();
});
