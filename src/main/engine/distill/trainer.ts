/** @file Runs the compiled step on batches: feeds the rates, splits micro-batches, names the metrics. */

import type { ClipConfig } from '../clip/config.ts';
import { compile } from '../runtime/compile.ts';
import type { InputArray, Program, TypedArray } from '../runtime/types.ts';
import { lossNames } from './objective.ts';
import type { DistillOptions } from './options.ts';
import { trainedParameters, trainingVariables, type Sizes } from './parameters.ts';
import { adamCorrections, rateAt } from './schedule.ts';
import { trainingProgram } from './step.ts';

type Arrays = Record<string, TypedArray>;
type Inputs = Record<string, InputArray>;

export interface StepInput {
  /** From 1. */
  step: number;
  pixels: Uint8Array; // R, G, B [batch, h, w, 3]
  tokens: Int32Array; // [batch, t]
  teacherImage?: Float32Array; // [batch, D]
  teacherText?: Float32Array;
  /** Rows of W that are scored, and the batch's labels as places in it. */
  classes?: Int32Array; // [c]
  labels?: Int32Array; // [batch]
}

export interface StepResult {
  /** Names of the metrics table; a loss is the one before this step's update. */
  metrics: Record<string, number>;
  /** 1 - |mean embedding|^2 of the batch's pictures. */
  spread: number;
}

export class Trainer {
  private readonly program: Program;
  private readonly config: ClipConfig;
  private readonly options: DistillOptions;
  /** Variables that outlive a step. */
  private readonly state: string[];
  private readonly totalSteps: number;

  constructor(config: ClipConfig, options: DistillOptions, sizes: Sizes, totalSteps: number) {
    this.config = config;
    this.options = options;
    this.state = Object.keys(trainingVariables(trainedParameters(config, options, sizes), () => false));
    this.totalSteps = totalSteps;
    this.program = compile(trainingProgram(config, options, sizes));
  }

  /** Parameters by name, and Adam's moments where they are not zero; others in `values` are left alone. */
  initialise(values: Arrays): void {
    this.program.initialise(
      Object.fromEntries(this.state.flatMap((name) => (values[name] ? [[name, values[name]]] : []))),
    );
  }

  /** Everything that a continued run needs. */
  values(): Arrays {
    return this.program.read(this.state);
  }

  dispose(): void {
    this.program.dispose();
  }

  step(input: StepInput): StepResult {
    const { step } = input;
    const rate = rateAt(step, this.totalSteps, this.options);
    const lr = this.options.lr * rate;
    const corrections = adamCorrections(step, this.options);
    const rates: Arrays = {
      decay: Float32Array.of(lr * this.options.weightDecay),
      rate: Float32Array.of(lr * corrections.rate),
      centresRate: Float32Array.of(this.options.centresLr * rate * corrections.rate),
      epsilon: Float32Array.of(corrections.epsilon),
    };
    const outputs =
      this.options.microBatch === null || this.options.microBatch === this.options.batch
        ? this.program.run('step', { ...tensors(input), ...this.fixedScale(), ...rates })
        : this.accumulatedStep(tensors(input), rates);
    const value = (name: string): number => outputs[name]![0]!;
    const losses = lossNames.flatMap((name) =>
      outputs[`loss/${name}`] ? [[`loss/${name}`, value(`loss/${name}`)]] : [],
    );
    return {
      metrics: {
        ...(Object.fromEntries(losses) as Record<string, number>),
        lr,
        gradNorm: Math.sqrt(value('gradSquares')),
        logitScale: value('logitScale'),
      },
      spread: value('spread'),
    };
  }

  /** See step.ts: all embeddings first, the loss on the whole batch, then each micro-batch's share of the gradient. */
  private accumulatedStep(input: Inputs, rates: Arrays): Arrays {
    const { pixels, tokens, ...rest } = input;
    const parts = this.options.batch / this.options.microBatch!;
    const part = (values: InputArray, index: number): InputArray => {
      const size = values.length / parts;
      return values.subarray(index * size, (index + 1) * size);
    };
    const size = this.options.batch * this.config.embedDim;
    const embedded = { image: new Float32Array(size), text: new Float32Array(size) };
    for (let index = 0; index < parts; index++) {
      const { image, text } = this.program.run('embed', { pixels: part(pixels!, index), tokens: part(tokens!, index) });
      embedded.image.set(image!, (index * size) / parts);
      embedded.text.set(text!, (index * size) / parts);
    }
    const head = this.program.run('head', { ...embedded, ...rest, ...this.fixedScale(), ...rates });
    for (let index = 0; index < parts; index++) {
      this.program.run('accumulate', {
        pixels: part(pixels!, index),
        tokens: part(tokens!, index),
        imageGradient: part(head['imageGradient']!, index),
        textGradient: part(head['textGradient']!, index),
      });
    }
    const towers = this.program.run('apply', rates);
    return { ...head, gradSquares: Float32Array.of(head['gradSquares']![0]! + towers['gradSquares']![0]!) };
  }

  private fixedScale(): Arrays {
    return { logitScale: Float32Array.of(Math.log(1 / this.options.tau)) };
  }
}

/** The arrays of an input; the program takes those that its losses use. */
function tensors(input: StepInput): Inputs {
  return Object.fromEntries(
    Object.entries(input).filter((entry): entry is [string, InputArray] => typeof entry[1] !== 'number'),
  );
}
