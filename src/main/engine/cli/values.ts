/** @file Numbers on the command line. A wrong one is a usage error that names the option. */

import { InvalidArgumentError } from 'commander';
import { environmentOf, parseDevices } from '../devices/names.ts';
import { messageOf } from '../errors.ts';

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

/** Chooses the one device before TensorFlow is loaded, which happens later, with the stage. */
export function device(text: string): string {
  const [name, ...others] = devices(text);
  if (others.length > 0) throw new InvalidArgumentError('This command computes on one device: auto, cpu or gpu:N.');
  return name!;
}

/** The devices of a command that can use several; the command itself takes the first. */
export function devices(text: string): string[] {
  try {
    const names = parseDevices(text);
    Object.assign(process.env, environmentOf(names[0]!));
    return names;
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
