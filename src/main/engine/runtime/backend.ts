/** @file The one place that loads TensorFlow: tfjs over the libtensorflow that the set-up installed. */

import './nodeShims.ts';
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import { DistilleryError, messageOf } from '../errors.ts';

process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
// a desktop shares its GPU with the window: take memory as it is needed
process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
// float32 means float32 on a GPU too, not TF32's 10 bits; who wants speed takes bfloat16
process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';

/** Whether TensorFlow computes on a GPU. */
export function usesGpu(): boolean {
  return (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
}

function load(): typeof TensorFlow {
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
  } catch (error) {
    throw new DistilleryError(`TensorFlow could not be loaded (${messageOf(error)}). Run: npm run setup`, {
      cause: error,
    });
  }
}

export const tf = load();
/** Set by the command line; a GPU that was asked for by name must be there. */
if (process.env['DISTILLERY_DEVICE'] === 'gpu' && !usesGpu()) {
  throw new DistilleryError(
    'TensorFlow sees no GPU here. `distillery doctor` says what is missing; or use --device cpu.',
  );
}
tf.enableProdMode();

/** Releases what `use` allocates, also when it throws. */
export const tidy = tf.tidy;
