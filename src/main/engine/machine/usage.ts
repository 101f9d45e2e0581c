/** @file How much of the machine this process uses, looked at now and then while it works. */

import os from 'node:os';
import { gpuUsage } from './gpus.ts';

/** The driver's tool costs a process, so it is asked rarely. */
const gpuEveryMs = 5000;

export class UsageMeter {
  private readonly gpu: number | undefined;
  private cpu = process.cpuUsage();
  private at = performance.now();
  private gpuAt = -Infinity;
  private latest: Record<string, number> = {};

  /** @param gpu number of the GPU that computes; undefined: none, or nobody knows its use */
  constructor(gpu: number | undefined) {
    this.gpu = gpu;
  }

  /**
   * `cpu`: share of the cores that this process kept busy since the last look, 0 to 1; `memory`: resident bytes; with a GPU its
   * `gpu` (0 to 1) and `gpuMemory` in bytes as of some seconds ago.
   */
  read(): Record<string, number> {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.cpu);
    const cores = os.availableParallelism();
    const cpu = Math.min(1, (user + system) / 1000 / Math.max(1e-3, now - this.at) / cores);
    this.cpu = process.cpuUsage();
    this.at = now;
    this.lookAtGpu(now);
    return { cpu, memory: process.memoryUsage.rss(), ...this.latest };
  }

  private lookAtGpu(now: number): void {
    if (this.gpu === undefined || now - this.gpuAt < gpuEveryMs) return;
    this.gpuAt = now;
    void gpuUsage(this.gpu).then((usage) => {
      this.latest = usage ?? {};
    });
  }
}
