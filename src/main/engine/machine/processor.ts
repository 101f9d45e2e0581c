/** @file The processor and the memory, as far as they decide how fast the engine runs. */

import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';

export const processorSchema = z.object({
  model: z.string(),
  /** What this process may use, not what the machine has. */
  cores: z.int(),
  /** Those of `features` that it has. */
  features: z.array(z.string()),
});
export type Processor = z.infer<typeof processorSchema>;

/** Instruction sets that matrix products use, from old to new; bfloat16 is fast from avx512_bf16 on. */
const features = ['avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'amx_bf16'];

export async function readProcessor(): Promise<Processor> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return {
    model: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    features: parseFeatures(text),
  };
}

/** Features named in the first `flags` line of /proc/cpuinfo. */
export function parseFeatures(cpuinfo: string): string[] {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const there = new Set(flags.trim().split(/\s+/));
  return features.filter((feature) => there.has(feature));
}

/** Total memory that this process may use: of the machine, or of its container. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
}
