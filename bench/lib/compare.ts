/** @file What the comparisons share: the machine's name, ours and the peer as processes that report JSON. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '../../src/main/engine/errors.ts';

export function machine(): string {
  const cpus = os.cpus();
  return `${cpus[0]?.model ?? 'unknown processor'}, ${cpus.length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB`;
}

/** The Python that has the peers. @throws {UsageError} when the benchmark was not started through npm. */
export function peersPython(name: string): string {
  const python = process.env['PEERS_PYTHON'];
  if (python === undefined) {
    throw new UsageError(`The Python peers are set up by npm: npm run bench -- ${name} (or set PEERS_PYTHON).`);
  }
  return python;
}

/** The last line that a program prints, as JSON; each in its own process, so that peak memory is its own. */
export function measured(program: string, args: string[]): unknown {
  const output = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output.trimEnd().split('\n').at(-1)!);
}

/** Peak memory of this process. */
export const peakMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

export async function inTemporaryFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'distillery-bench-'));
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A line of a table: what, seconds, peak memory. */
export function line(what: string, seconds: number, peak: number): string {
  return `  ${what.padEnd(44)} ${seconds.toFixed(2).padStart(8)} s ${String(peak).padStart(7)} MiB`;
}
