/** @file The parts of a transformer in plain tfjs, written for few passes over memory: that is what a CPU waits for. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from '../runtime/backend.ts';

/** x W^T + b of PyTorch: `[rows, in]`, weight `[out, in]`, bias `[out]` -> `[rows, out]`. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor2D {
  const product: Tensor2D = tf.matMul(x, weight, false, true);
  return bias === undefined ? product : tf.add(product, bias);
}

/**
 * (x - mean) / sqrt(variance + epsilon) * gain + bias over the last axis (Ba et al. 2016), `[rows, w]` -> `[rows, w]`.
 * The gradient is the closed form: automatic differentiation would take three times as many passes.
 */
export function layerNorm(x: Tensor2D, gain: Tensor, bias: Tensor, epsilon: number): Tensor2D {
  const op = tf.customGrad((input, gamma, beta, save) => {
    const [values, gainOf, biasOf] = [input as Tensor2D, gamma as Tensor1D, beta as Tensor1D];
    const centred = tf.sub(values, tf.mean(values, 1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const normal = tf.mul(centred, inverse);
    (save as (tensors: Tensor[]) => void)([normal, inverse, gainOf]);
    return {
      value: tf.add(tf.mul(normal, gainOf), biasOf),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [unit, scale, weight] = saved as [Tensor2D, Tensor2D, Tensor1D];
        const dNormal = tf.mul(dy, weight);
        const along = tf.mean(tf.mul(dNormal, unit), 1, true);
        const dx = tf.mul(tf.sub(tf.sub(dNormal, tf.mean(dNormal, 1, true)), tf.mul(unit, along)), scale);
        return [dx, tf.sum(tf.mul(dy, unit), 0), tf.sum(dy, 0)];
      },
    };
  });
  return op(x, gain, bias) as Tensor2D;
}

/** x * P(Z < x) for a standard normal Z (Hendrycks & Gimpel 2016), exact, with its closed-form gradient. */
function exactGelu(x: Tensor2D): Tensor2D {
  const op = tf.customGrad((input, save) => {
    const scaled = tf.mul(input as Tensor2D, Math.SQRT1_2);
    const probability = tf.add(tf.mul(tf.erf(scaled), 0.5), 0.5);
    (save as (tensors: Tensor[]) => void)([input as Tensor2D, scaled, probability]);
    return {
      value: tf.mul(input as Tensor2D, probability),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [values, root, below] = saved as [Tensor, Tensor, Tensor];
        const density = tf.mul(tf.exp(tf.neg(tf.square(root))), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(below, tf.mul(values, density)));
      },
    };
  });
  return op(x) as Tensor2D;
}

/** x * sigmoid(1.702 x), the approximation of OpenAI's models. */
function quickGelu(x: Tensor2D): Tensor2D {
  const op = tf.customGrad((input, save) => {
    const gate = tf.sigmoid(tf.mul(input as Tensor2D, 1.702));
    const value = tf.mul(input as Tensor2D, gate);
    (save as (tensors: Tensor[]) => void)([gate, value]);
    return {
      value,
      // s + 1.702 x s (1 - s), with y = x s
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [s, y] = saved as [Tensor, Tensor];
        return tf.mul(dy, tf.add(s, tf.mul(tf.mul(y, 1.702), tf.sub(1, s))));
      },
    };
  });
  return op(x) as Tensor2D;
}

export const gelu = (x: Tensor2D, quick: boolean): Tensor2D => (quick ? quickGelu(x) : exactGelu(x));

/**
 * softmax(q k^T / sqrt(d) + mask) v for each head (Vaswani et al. 2017).
 * q `[n, h, tq, d]`, k and v `[n, h, t, d]`, mask broadcast to `[n, h, tq, t]` -> `[n, h, tq, d]`
 */
export function attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null): Tensor {
  const headWidth = q.shape.at(-1)!;
  const scores = tf.matMul(tf.mul(q, headWidth ** -0.5), k, false, true);
  return tf.matMul(tf.softmax(mask === null ? scores : tf.add(scores, mask)), v);
}
