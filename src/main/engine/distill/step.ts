/**
 * @file One training step as a compiled program.
 *
 * With the whole batch in memory it is one function. With micro-batches the losses still see the whole batch
 * (gradient caching, Gao et al. 2021): embed every micro-batch, take the gradient of the loss on all embeddings,
 * then run each micro-batch again and accumulate the gradients of the towers.
 */

import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import type { ClipConfig } from '../clip/config.ts';
import { encodeImage } from '../clip/imageTower.ts';
import { normalise, pixelInput } from '../clip/normalise.ts';
import { encodeText } from '../clip/textTower.ts';
import { tf } from '../runtime/backend.ts';
import type { InputSpec, ProgramSpec, TensorSpec, TracedFunction, Update } from '../runtime/types.ts';
import { lossNames, objective, spread, type Batch, type Learned, type LossTerms } from './objective.ts';
import { adamW, rateInputs, type Rates } from './optimiser.ts';
import type { DistillOptions } from './options.ts';
import {
  CENTRES,
  LOGIT_SCALE,
  PROJECTION,
  accumulated,
  trainedParameters,
  trainingVariables,
  type Parameter,
  type Sizes,
} from './parameters.ts';

type Tensors = Record<string, Tensor>;

export function trainingProgram(config: ClipConfig, options: DistillOptions, sizes: Sizes): ProgramSpec {
  const micro = options.microBatch ?? options.batch;
  const step = new StepBuilder(config, options, sizes);
  const functions: Record<string, TracedFunction> =
    micro === options.batch
      ? { step: step.whole() }
      : { embed: step.embed(micro), head: step.head(), accumulate: step.accumulate(micro), apply: step.apply() };
  const accumulates = (name: string): boolean => micro !== options.batch && step.inTowers(name);
  return { variables: trainingVariables(step.parameters, accumulates), functions, precision: options.precision };
}

class StepBuilder {
  readonly parameters: Map<string, Parameter>;
  private readonly config: ClipConfig;
  private readonly options: DistillOptions;
  private readonly sizes: Sizes;

  constructor(config: ClipConfig, options: DistillOptions, sizes: Sizes) {
    this.config = config;
    this.options = options;
    this.sizes = sizes;
    this.parameters = trainedParameters(config, options, sizes);
  }

  /** Parameters that the towers use; the others belong to the losses. */
  inTowers(name: string): boolean {
    return name !== LOGIT_SCALE && name !== PROJECTION && name !== CENTRES;
  }

  whole(): TracedFunction {
    return {
      inputs: { ...this.pairInputs(this.options.batch), ...this.lossInputs(), ...this.rateInputs() },
      build: (inputs, variables) => {
        const scored = this.gatherCentres(inputs, variables);
        const { terms, gradients, image } = this.differentiate(scored, [...this.parameters.keys()], (trained) => {
          const pair = this.towers(inputs, trained);
          return { ...pair, terms: this.losses(pair.image, pair.text, inputs, trained) };
        });
        return {
          outputs: { ...this.metrics(terms, image, gradients), logitScale: this.logitScale(variables) },
          updates: this.updates(gradients, inputs, variables),
        };
      },
    };
  }

  /** Embeddings of one micro-batch. */
  embed(micro: number): TracedFunction {
    return {
      inputs: this.pairInputs(micro),
      build: (inputs, variables) => ({ outputs: { ...this.towers(inputs, variables) } }),
    };
  }

  /** Loss of the whole batch from its embeddings, their gradients, and the step of the losses' own parameters. */
  head(): TracedFunction {
    const shape = [this.options.batch, this.config.embedDim];
    const embedding: TensorSpec = { shape, dtype: 'float32' };
    const own = [...this.parameters.keys()].filter((name) => !this.inTowers(name));
    return {
      inputs: { image: embedding, text: embedding, ...this.lossInputs(), ...this.rateInputs() },
      build: (inputs, variables) => {
        const { image, text } = inputs;
        const state = { ...this.gatherCentres(inputs, variables), image: image!, text: text! };
        const { terms, gradients } = this.differentiate(state, [...own, 'image', 'text'], (trained) => {
          const pair = { image: trained['image'] as Tensor2D, text: trained['text'] as Tensor2D };
          return { ...pair, terms: this.losses(pair.image, pair.text, inputs, trained) };
        });
        const learned = new Map([...gradients].filter(([name]) => own.includes(name)));
        return {
          outputs: {
            ...this.metrics(terms, image as Tensor2D, learned),
            logitScale: this.logitScale(variables),
            imageGradient: gradients.get('image') ?? tf.zeros(shape),
            textGradient: gradients.get('text') ?? tf.zeros(shape),
          },
          updates: this.updates(learned, inputs, variables),
        };
      },
    };
  }

  /** Adds one micro-batch's gradients of the towers: those of <embedding, its gradient>. */
  accumulate(micro: number): TracedFunction {
    const gradient: TensorSpec = { shape: [micro, this.config.embedDim], dtype: 'float32' };
    const names = [...this.parameters.keys()].filter((name) => this.inTowers(name));
    return {
      inputs: { ...this.pairInputs(micro), imageGradient: gradient, textGradient: gradient },
      build: (inputs, variables) => {
        const { gradients } = this.differentiate(variables, names, (trained) => {
          const pair = this.towers(inputs, trained);
          const image = tf.sum(tf.mul(pair.image, inputs['imageGradient']!));
          const overall: Scalar = tf.add(image, tf.sum(tf.mul(pair.text, inputs['textGradient']!)));
          return { ...pair, terms: { overall } };
        });
        const updates = [...gradients].map(([name, value]): Update => {
          return { kind: 'add', variable: accumulated(name), value };
        });
        return { outputs: {}, updates };
      },
    };
  }

  /** The step of the towers from the accumulated gradients, which start again at zero. */
  apply(): TracedFunction {
    const names = [...this.parameters.keys()].filter((name) => this.inTowers(name));
    return {
      inputs: this.rateInputs(),
      build: (inputs, variables) => {
        const gradients = new Map(names.map((name) => [name, variables[accumulated(name)]!]));
        const reset = names.map((name): Update => {
          const variable = accumulated(name);
          return { kind: 'assign', variable, value: tf.zerosLike(variables[variable]!) };
        });
        return {
          outputs: { gradSquares: sumOfSquares(gradients) },
          updates: [...this.updates(gradients, inputs, variables), ...reset],
        };
      },
    };
  }

  private pairInputs(n: number): Record<string, InputSpec> {
    return {
      pixels: pixelInput(this.config, n),
      tokens: { shape: [n, this.sizes.tokens], dtype: 'int32' },
    };
  }

  private lossInputs(): Record<string, TensorSpec> {
    const { batch, cluster, instance } = this.options;
    const teacher: TensorSpec = { shape: [batch, this.sizes.teacherDim], dtype: 'float32' };
    return {
      ...(cluster || instance ? { teacherImage: teacher } : {}),
      ...(instance ? { teacherText: teacher } : {}),
      ...(cluster ? { labels: { shape: [batch], dtype: 'int32' } } : {}),
      ...(this.samples() ? { classes: { shape: [this.sizes.scored], dtype: 'int32' } } : {}),
      // the scale is fed where it is not learned
      ...(this.parameters.has(LOGIT_SCALE) ? {} : { logitScale: { shape: [], dtype: 'float32' } }),
    };
  }

  private rateInputs(): Record<string, TensorSpec> {
    return Object.fromEntries(rateInputs.map((name) => [name, { shape: [], dtype: 'float32' }]));
  }

  /** Whether a step scores only some classes. */
  private samples(): boolean {
    return this.options.cluster && this.sizes.scored < this.sizes.classes;
  }

  /** The state with W replaced by the rows that this step scores. */
  private gatherCentres(inputs: Tensors, variables: Tensors): Tensors {
    if (!this.samples()) return variables;
    return { ...variables, [CENTRES]: tf.gather(variables[CENTRES]!, inputs['classes'] as Tensor1D) };
  }

  private towers(inputs: Tensors, params: Tensors): { image: Tensor2D; text: Tensor2D } {
    return {
      image: encodeImage(this.config, params, normalise(inputs['pixels']!, this.config.preprocess)),
      text: encodeText(this.config, params, inputs['tokens']!),
    };
  }

  private losses(image: Tensor2D, text: Tensor2D, inputs: Tensors, trained: Tensors): LossTerms {
    const optional = <T extends Tensor>(tensors: Tensors, from: string, to: string): Record<string, T> =>
      tensors[from] ? { [to]: tensors[from] as T } : {};
    const batch: Batch = {
      ...optional<Tensor2D>(inputs, 'teacherImage', 'teacherImage'),
      ...optional<Tensor2D>(inputs, 'teacherText', 'teacherText'),
      ...optional<Tensor1D>(inputs, 'labels', 'labels'),
    };
    const learned: Learned = {
      logitScale: (trained[LOGIT_SCALE] ?? inputs['logitScale']) as Scalar,
      ...optional<Tensor2D>(trained, PROJECTION, 'projection'),
      ...optional<Tensor2D>(trained, CENTRES, 'classes'),
    };
    return objective(image, text, batch, learned, this.options);
  }

  /** Value and gradients by name; a parameter that the loss does not reach has none. */
  private differentiate(
    state: Tensors,
    names: string[],
    forward: (trained: Tensors) => { image: Tensor2D; text: Tensor2D; terms: LossTerms },
  ): { terms: LossTerms; image: Tensor2D; gradients: Map<string, Tensor> } {
    let result: ReturnType<typeof forward> | undefined;
    const { grads } = tf.engine().gradients(
      () => {
        result = forward(state);
        // they are wanted outside; the trace releases them at its end
        for (const term of Object.values(result.terms)) tf.keep(term);
        tf.keep(result.image);
        return result.terms.overall;
      },
      names.map((name) => state[name]!),
      undefined,
      true,
    );
    const gradients = new Map<string, Tensor>();
    for (const [index, name] of names.entries()) {
      const gradient = grads[index] as Tensor | null | undefined;
      if (gradient) gradients.set(name, gradient);
    }
    return { terms: result!.terms, image: result!.image, gradients };
  }

  private metrics(terms: LossTerms, image: Tensor2D, gradients: Map<string, Tensor>): Tensors {
    const losses = lossNames.flatMap((name) => (terms[name] ? [[`loss/${name}`, terms[name]] as const] : []));
    return { ...Object.fromEntries(losses), spread: spread(image), gradSquares: sumOfSquares(gradients) };
  }

  private logitScale(variables: Tensors): Tensor {
    return this.parameters.has(LOGIT_SCALE) ? tf.exp(variables[LOGIT_SCALE]!) : tf.scalar(1 / this.options.tau);
  }

  private updates(gradients: Map<string, Tensor>, inputs: Tensors, variables: Tensors): Update[] {
    const rates = Object.fromEntries(rateInputs.map((name) => [name, inputs[name]])) as Rates;
    const scored = this.samples() ? (inputs['classes'] as Tensor1D) : undefined;
    return [...gradients].flatMap(([name, gradient]) =>
      adamW(name, this.parameters.get(name)!, gradient, variables, rates, this.options, scored),
    );
  }
}

function sumOfSquares(gradients: Map<string, Tensor>): Tensor {
  const squares = [...gradients.values()].map((gradient) => tf.sum(tf.square(gradient)));
  return squares.length > 0 ? tf.addN(squares) : tf.scalar(0);
}
