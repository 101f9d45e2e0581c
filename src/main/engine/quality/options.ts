/** @file The names of the flags and where each begins. Flags filter: nothing is deleted for one. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';

/** In the order of their bits, see flags.ts. */
export const flagNames = [
  'too-small',
  'odd-aspect',
  'blurred',
  'dark',
  'bright',
  'uniform',
  'copy',
  'no-caption',
  'boilerplate',
  'disagreement',
] as const;
export type FlagName = (typeof flagNames)[number];

/**
 * The defaults of the measures were chosen by looking at the 542 photographs of the demo, of which they flag none, and
 * at blurred, darkened and bleached copies of them (docs/quality.md).
 */
export const thresholdsSchema = z.strictObject({
  /** `too-small`: a side of fewer pixels. */
  minSide: z.number().min(0).default(64),
  /** `odd-aspect`: the long side is more than so many times the short one. */
  maxAspect: z.number().min(1).default(4),
  /** `blurred`: see measure.ts, as the next three. */
  minSharpness: z.number().min(0).default(50),
  /** `dark` */
  minBrightness: z.number().min(0).max(1).default(0.06),
  /** `bright` */
  maxBrightness: z.number().min(0).max(1).default(0.97),
  /** `uniform` */
  minContrast: z.number().min(0).max(0.5).default(0.03),
  /** `boilerplate`: the same caption on more images. */
  maxRepeats: z.int().min(1).default(100),
  /** `disagreement`: a lower cosine of picture and caption. It depends on the teacher, so it has no default. */
  minAgreement: z.number().min(-1).max(1).optional(),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;
export type ThresholdsInput = {
  [K in keyof z.input<typeof thresholdsSchema>]: z.input<typeof thresholdsSchema>[K] | undefined;
};

/** What a stage is told to leave out. */
export const exclusionShape = {
  without: z.array(z.enum(flagNames)).min(1).optional(),
  thresholds: thresholdsSchema.optional(),
};
export interface Exclusion {
  without?: readonly FlagName[] | undefined;
  thresholds?: ThresholdsInput | undefined;
}

/** `minSide` -> `--min-side`, as the command line has it. */
export const optionOf = (name: string): string =>
  '--' + name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** With defaults. @throws {UsageError} naming the option that is wrong. */
export function thresholdsOf(given: ThresholdsInput = {}): Thresholds {
  const parsed = thresholdsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue!.path[0] ?? 'thresholds');
  throw new UsageError(`${optionOf(name)} is ${String(given[name as keyof ThresholdsInput])}: ${issue!.message}.`);
}

/** Names with commas between them. @throws {UsageError} listing the flags. */
export function parseFlags(text: string): FlagName[] {
  return text.split(',').map((part) => {
    const name = flagNames.find((known) => known === part.trim());
    if (name !== undefined) return name;
    throw new UsageError(`There is no quality flag "${part.trim()}"; there are ${flagNames.join(', ')}.`);
  });
}
