/** @file QR decomposition, which tfjs computes op by op in JavaScript. */

import type { Tensor2D } from '@tensorflow/tfjs-node-gpu';
import { tf } from './backend.ts';
import { ElementType, execute } from './rawOps.ts';

/** Q of x = Q R (Householder): orthonormal columns `[m, n]` that span those of `[m, n]`, m >= n. */
export function orthonormalColumns(x: Tensor2D): Tensor2D {
  return tf.tidy(() => execute('Qr', { full_matrices: false, T: ElementType.float32 }, [x], 2)[0] as Tensor2D);
}
