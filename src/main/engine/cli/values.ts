/** @file Numbers on the command line. A wrong one is a usage error that names the option. */

import { InvalidArgumentError } from 'commander';

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Not a number.');
  return value;
}

export function integer(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Not a whole number.');
  return value;
}

/** A whole number or the given word. */
export const integerOr =
  <W extends string>(word: W) =>
  (text: string): number | W =>
    text === word ? word : integer(text);

/**
 * Chooses the device before TensorFlow is loaded, which happens later, with the stage.
 * `auto` leaves the choice to TensorFlow: a GPU where its build and the machine have one.
 */
export function device(text: string): string {
  const gpu = /^gpu(?::(\d+))?$/.exec(text);
  if (text === 'cpu') process.env['CUDA_VISIBLE_DEVICES'] = '-1';
  else if (gpu) {
    process.env['CUDA_VISIBLE_DEVICES'] = gpu[1] ?? '0';
    process.env['DISTILLERY_DEVICE'] = 'gpu';
  } else if (text !== 'auto') throw new InvalidArgumentError('Devices are auto, cpu and gpu:N (one GPU a command).');
  return text;
}
