/** @file How the views ask and listen: the preload's bridge with errors that are thrown. */

import type { Bridge, Channel, Params, Result } from '../../preload/contract.ts';

declare global {
  interface Window {
    readonly distillery: Bridge;
  }
}

/** What went wrong on the other side, in words for the person. */
export class RequestError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** @throws {RequestError} */
export async function request<C extends Channel>(
  channel: C,
  ...[params]: undefined extends Params<C> ? [] : [params: Params<C>]
): Promise<Result<C>> {
  const reply = await window.distillery.request(channel, params as Params<C>);
  if (reply.ok) return reply.value;
  throw new RequestError(reply.error.name, reply.error.message);
}

export const on: Bridge['on'] = (event, listener) => window.distillery.on(event, listener);

/** The service is between two lives: whoever asked asks again when it is back. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof RequestError && error.name === 'ServiceUnavailable';

/** Somebody stopped it, or something newer took its place. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof RequestError && error.name === 'CancelledError';

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Address of a picture of a look before an import. */
export const previewUrl = (token: string, pair: number): string => `image://preview/${token}/${pair}`;

/** Address of a picture that an evaluation kept. */
export const evaluationPictureUrl = (workspace: string, evaluation: number, picture: number): string =>
  `image://${workspace}/evaluation/${evaluation}/${picture}`;

/** Address of a sample's picture; `size` is one that the `image://` protocol knows. */
export const pictureUrl = (workspace: string, sample: number, size: 128 | 256 | 512 | 1024 | 2048): string =>
  `image://${workspace}/${sample}?size=${size}`;
