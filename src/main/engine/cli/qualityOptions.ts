/** @file Options of the quality flags, the same for every command that has them. */

import { InvalidArgumentError, type Command } from 'commander';
import { defined } from '../defined.ts';
import { messageOf } from '../errors.ts';
import {
  flagNames,
  parseFlags,
  thresholdsSchema,
  type Exclusion,
  type FlagName,
  type ThresholdsInput,
} from '../quality/options.ts';
import { number } from './values.ts';

const thresholds: [flags: string, description: string][] = [
  ['--min-side <pixels>', 'too-small: a side is shorter (64)'],
  ['--max-aspect <ratio>', 'odd-aspect: long side to short side (4)'],
  ['--min-sharpness <x>', 'blurred: variance of the Laplacian (50)'],
  ['--min-brightness <x>', 'dark: mean luma, 0 to 1 (0.06)'],
  ['--max-brightness <x>', 'bright: mean luma, 0 to 1 (0.97)'],
  ['--min-contrast <x>', 'uniform: deviation of the luma, 0 to 0.5 (0.03)'],
  ['--max-repeats <n>', 'boilerplate: images with the same caption (100)'],
  ['--min-agreement <cosine>', 'disagreement: of picture and caption under the teacher'],
];

export function addThresholds(command: Command): Command {
  for (const [flags, description] of thresholds) command.option(flags, description, number);
  return command;
}

/** `--without FLAGS` and the thresholds of the flags. */
export function addExclusion(command: Command): Command {
  return addThresholds(command.option('--without <flags>', `leave out images with: ${flagNames.join(',')}`, names));
}

export type ExclusionOptions = ThresholdsInput & { without?: FlagName[] };

/** Parts the options of {@link addExclusion} from the others. */
export function splitExclusion<T extends ExclusionOptions>(options: T): [Exclusion, Omit<T, keyof ExclusionOptions>] {
  const isThreshold = ([name]: [string, unknown]): boolean => name in thresholdsSchema.shape;
  const { without, ...others } = options;
  const entries = Object.entries(others);
  const given = Object.fromEntries(entries.filter(isThreshold));
  const exclusion = defined({ without, thresholds: Object.keys(given).length > 0 ? given : undefined });
  return [exclusion, Object.fromEntries(entries.filter((entry) => !isThreshold(entry))) as never];
}

function names(text: string): FlagName[] {
  try {
    return parseFlags(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}
