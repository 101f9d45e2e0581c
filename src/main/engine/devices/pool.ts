/**
 * @file Units of work over several devices: one worker process each, which takes the next unit when it is done with one.
 * Workers write files; the process that started them has the database. A worker that dies leaves its unit to the others.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CancelledError, DistilleryError, UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { fromWorker, type FromWorker, type ToWorker } from './messages.ts';
import { environmentOf } from './names.ts';

export interface PooledWork {
  /** One worker each. */
  devices: readonly string[];
  /** File that calls `serve`. */
  worker: URL;
  /** For the worker's `open`; plain data. */
  setup: unknown;
  units: readonly number[];
  /** A part of a unit is done; negative where a worker died in the middle of one. */
  onProgress: (amount: number) => void;
  /** A unit is done. */
  onDone: (unit: number) => Promise<void>;
}

interface Worker {
  device: string;
  child: ChildProcess;
  unit: number | undefined;
  /** Progress within the unit. */
  amount: number;
  ready: boolean;
  lastWords: string;
}

/**
 * Does all units.
 * @throws {CancelledError} when the user stops; {DistilleryError} when a unit fails, or no worker is left.
 */
export async function runOnDevices(work: PooledWork, { signal, log }: StageContext): Promise<void> {
  if (signal.aborted) throw new CancelledError();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const waiting = [...work.units];
  const workers = new Set<Worker>();
  let left = work.units.length;

  const give = (worker: Worker): void => {
    if (!worker.ready || worker.unit !== undefined || waiting.length === 0) return;
    worker.unit = waiting.shift()!;
    worker.amount = 0;
    tell(worker, { type: 'unit', unit: worker.unit });
  };
  const hear = async (worker: Worker, message: FromWorker): Promise<void> => {
    switch (message.type) {
      case 'ready':
        worker.ready = true;
        break;
      case 'progress':
        worker.amount += message.amount;
        work.onProgress(message.amount);
        return;
      case 'done':
        worker.unit = undefined;
        await work.onDone(message.unit);
        if (--left === 0) resolve(undefined);
        break;
      case 'failed':
        throw message.usage ? new UsageError(message.message) : new DistilleryError(message.message);
    }
    give(worker);
  };
  const lose = (worker: Worker, how: string): void => {
    workers.delete(worker);
    if (left === 0) return;
    if (workers.size === 0) {
      reject(
        new DistilleryError(
          `The last worker ended (${worker.device}: ${how}). What is complete is kept; run the same command to continue.`,
        ),
      );
      return;
    }
    log(`The worker on ${worker.device} ended (${how}); ${workers.size} go on with its work.`);
    if (worker.unit === undefined) return;
    work.onProgress(-worker.amount);
    waiting.unshift(worker.unit);
    for (const other of workers) give(other);
  };

  const stop = (): void => {
    reject(new CancelledError());
  };
  signal.addEventListener('abort', stop, { once: true });
  const ends: Promise<unknown>[] = [];
  try {
    for (const device of work.devices) {
      const worker = start(device, work.worker);
      const { child } = worker;
      workers.add(worker);
      ends.push(once(child, 'close'));
      child.on('message', (message) => {
        hear(worker, fromWorker.parse(message)).catch(reject);
      });
      child.on('close', (code, closedBy) => {
        lose(worker, closedBy ?? (worker.lastWords || `exit code ${code ?? '?'}`));
      });
      tell(worker, { type: 'start', setup: work.setup });
    }
    if (left > 0) await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    left = 0;
    for (const { child } of workers) child.kill();
    await Promise.all(ends);
  }
}

function start(device: string, file: URL): Worker {
  const child = fork(fileURLToPath(file), {
    env: { ...process.env, ...environmentOf(device) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const worker: Worker = { device, child, unit: undefined, amount: 0, ready: false, lastWords: '' };
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    worker.lastWords = text.trim().split('\n').at(-1) ?? '';
  });
  return worker;
}

/** A worker that is gone is told by its `close`. */
function tell({ child }: Worker, message: ToWorker): void {
  child.send(message, () => undefined);
}
