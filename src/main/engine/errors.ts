/** @file Errors that a person reads: one sentence with the values, then what to do next. */

/** A failure with a message written for the user (exit code 1). */
export class DistilleryError extends Error {
  override name = 'DistilleryError';
}

/** The command or configuration is wrong (exit code 2). */
export class UsageError extends DistilleryError {
  override name = 'UsageError';
}

/** The user cancelled; what is complete was kept (exit code 130). */
export class CancelledError extends DistilleryError {
  override name = 'CancelledError';
  constructor(message = 'Cancelled. What was complete is kept; run the same command to continue.') {
    super(message);
  }
}

/** Text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
