/** @file Free memory of the device that TensorFlow computes on. */

import { usableMemory } from '../memoryBudget.ts';
import { freeGpuMemory } from '../machine/gpus.ts';
import { usesGpu } from './backend.ts';

export interface Memory {
  /** Of the computing device, in bytes, with the weights not loaded yet. */
  free: number;
  device: 'cpu' | 'gpu';
}

/** Of a GPU that does not say how much is free, as little as a small one has. */
const smallGpu = 4 * 2 ** 30;

export async function computingMemory(): Promise<Memory> {
  if (!usesGpu()) return { device: 'cpu', free: usableMemory() };
  // what the command line or the device pool chose, see devices/names.ts; without a choice TensorFlow takes the first
  const chosen = Number.parseInt(process.env['CUDA_VISIBLE_DEVICES'] ?? '0', 10);
  return { device: 'gpu', free: (await freeGpuMemory(chosen)) ?? smallGpu };
}
