/** @file What every stage gets beside its input: a way to stop, to report and to speak. */

import { CancelledError } from './errors.ts';

export interface Progress {
  /** Stage or part of a stage, e.g. `embed images`. */
  stage: string;
  done: number;
  /** 0 while unknown. */
  total: number;
  /** What is counted, e.g. `images`, `steps`. */
  unit: string;
  /** Live numbers to show beside the bar, e.g. losses of a step. */
  metrics?: Record<string, number>;
}

export interface StageContext {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  /** One line for the user, e.g. why a file was skipped. */
  log: (line: string) => void;
}

/** Context for tests and scripts that show nothing. */
export function silentContext(signal: AbortSignal = new AbortController().signal): StageContext {
  return { signal, onProgress: () => undefined, log: () => undefined };
}

/**
 * Call between units of work: lets signals and timers in, then stops if the user asked to.
 * @throws {CancelledError}
 */
export async function checkpoint(context: StageContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (context.signal.aborted) throw new CancelledError();
}
