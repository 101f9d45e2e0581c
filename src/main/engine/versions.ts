/** @file What a run records about the program and the machine that made it. */

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { z } from 'zod';
import { tf, usesGpu } from './runtime/backend.ts';

const packageSchema = z.object({ version: z.string() });

export function versions(): Record<string, string> {
  const file = new URL('../../../package.json', import.meta.url);
  const { version } = packageSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { distillery: version, node: process.versions.node, tfjs: tf.version['tfjs-core'] };
}

export function deviceName(): string {
  const cpu = os.cpus()[0]?.model ?? 'unknown';
  return usesGpu() ? `gpu:${process.env['CUDA_VISIBLE_DEVICES'] ?? '0'}` : `cpu (${cpu}, ${os.cpus().length} cores)`;
}
