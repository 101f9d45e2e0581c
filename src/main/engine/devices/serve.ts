/** @file The worker's side of a pool: does the units that it is given, one after the other. */

import type { z } from 'zod';
import { UsageError, messageOf } from '../errors.ts';
import { toWorker, type FromWorker } from './messages.ts';

/** Does one unit; `onProgress` between its parts lets the end of the pool in. */
export type DoUnit = (unit: number, onProgress: (amount: number) => Promise<void>) => Promise<void>;

/** Call once in the file of a worker. `open` makes ready what all units share. */
export function serve<S>(schema: z.ZodType<S>, open: (setup: S) => Promise<DoUnit>): void {
  // the pool's process decides when to stop: Ctrl-C reaches both
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(1));
  let doUnit: DoUnit | undefined;
  const answer = async (message: unknown): Promise<void> => {
    const request = toWorker.parse(message);
    if (request.type === 'start') {
      doUnit = await open(schema.parse(request.setup));
      say({ type: 'ready' });
      return;
    }
    await doUnit!(request.unit, async (amount) => {
      say({ type: 'progress', amount });
      await new Promise((resolve) => setImmediate(resolve));
    });
    say({ type: 'done', unit: request.unit });
  };
  process.on('message', (message) => {
    answer(message).catch((error: unknown) => {
      say({ type: 'failed', message: messageOf(error), usage: error instanceof UsageError });
    });
  });
}

function say(message: FromWorker): void {
  process.send!(message);
}
