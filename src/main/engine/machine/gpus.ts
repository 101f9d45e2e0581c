/** @file NVIDIA GPUs, as the driver's own tool lists them. */

import { z } from 'zod';
import { tryProgram } from './child.ts';

export const gpuSchema = z.object({ name: z.string(), memoryBytes: z.number(), driver: z.string() });
export type Gpu = z.infer<typeof gpuSchema>;

/** Empty where there is no GPU, or no driver. */
export async function listGpus(): Promise<Gpu[]> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'];
  const { ok, stdout } = await tryProgram('nvidia-smi', query, 10_000);
  return ok ? parseGpus(stdout) : [];
}

/** Lines `name, MiB, driver`; others, as for a GPU that fell off the bus, are left out. */
export function parseGpus(csv: string): Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const [name, memoryMiB, driver] = line.split(',').map((part) => part.trim());
    if (!name || !driver || !Number.isFinite(Number(memoryMiB))) return [];
    return [{ name, memoryBytes: Number(memoryMiB) * 2 ** 20, driver }];
  });
}

/** Bytes that are free now on GPU number `index`; undefined where the driver does not say. */
export async function freeGpuMemory(index: number): Promise<number | undefined> {
  const query = [`--id=${index}`, '--query-gpu=memory.free', '--format=csv,noheader,nounits'];
  const { ok, stdout } = await tryProgram('nvidia-smi', query, 10_000);
  const mebibytes = Number.parseInt(stdout, 10);
  return ok && mebibytes > 0 ? mebibytes * 2 ** 20 : undefined;
}

/** How busy a GPU is (0 to 1) and the memory that is taken on it, by whomever; undefined where the driver does not say. */
export async function gpuUsage(index: number): Promise<{ gpu: number; gpuMemory: number } | undefined> {
  const query = [`--id=${index}`, '--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
  const { ok, stdout } = await tryProgram('nvidia-smi', query, 10_000);
  return ok ? parseUsage(stdout) : undefined;
}

/** `percent, MiB` */
export function parseUsage(csv: string): { gpu: number; gpuMemory: number } | undefined {
  const [percent, mebibytes] = csv.split(',').map((part) => Number.parseFloat(part));
  if (percent === undefined || mebibytes === undefined || !Number.isFinite(percent + mebibytes)) return undefined;
  return { gpu: percent / 100, gpuMemory: mebibytes * 2 ** 20 };
}
