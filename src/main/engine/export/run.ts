/** @file Exports of a subset of samples: their options, checked, and the one that was asked for. */

import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { exportFiles } from './files.ts';
import { exportFolder } from './folder.ts';
import { exportManifest } from './manifest.ts';
import { choices, type SubsetInput, type SubsetOptions } from './subset.ts';
import type { ExportResult } from './table.ts';
import { exportUids } from './uids.ts';
import { exportWebDataset } from './webdataset.ts';

const shared = { which: z.enum(choices).optional(), samples: z.string().optional() };
const units: Readonly<Record<string, number>> = {
  ...{ '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};
/** `1GB`, `500 MB`, `1.5GiB` or a number of bytes. */
const byteSize = z.union([z.number(), z.string()]).transform((given, context) => {
  const [, number, unit] = /^([\d.]+)\s*([a-z]*)$/i.exec(String(given)) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit?.toLowerCase() ?? ''] ?? NaN));
  if (bytes > 0) return bytes;
  context.addIssue({ code: 'custom', message: `"${given}" is not a size such as 1GB, 500MB or 2GiB` });
  return z.NEVER;
});

export const subsetOptions = {
  manifest: z.strictObject(shared),
  files: z.strictObject({ ...shared, null: z.boolean().optional() }),
  folder: z.strictObject({ ...shared, copy: z.boolean().optional() }),
  uids: z.strictObject({ ...shared, uidsFrom: z.enum(['uid', 'hash']).optional() }),
  webdataset: z.strictObject({
    ...shared,
    shardSamples: z.int().positive().optional(),
    shardSize: byteSize.optional(),
  }),
};
export const subsetKinds = Object.keys(subsetOptions) as SubsetKind[];
export type SubsetKind = keyof typeof subsetOptions;

/** Options by their names on the command line. */
export interface SubsetExportOptions {
  which?: string | undefined;
  samples?: string | undefined;
  null?: boolean | undefined;
  copy?: boolean | undefined;
  uidsFrom?: string | undefined;
  shardSamples?: number | undefined;
  shardSize?: string | number | undefined;
}

/** @throws {UsageError} for an option that this export does not have, or a wrong value */
export async function run(
  input: SubsetInput & Pick<SubsetOptions, 'excluded'>,
  what: SubsetKind,
  { out, ...given }: SubsetExportOptions & { out: string },
  context: StageContext,
): Promise<ExportResult> {
  const { excluded } = input;
  switch (what) {
    case 'manifest':
      return exportManifest(input, { out, excluded, ...check(subsetOptions.manifest, what, given) }, context);
    case 'files':
      return exportFiles(input, { out, excluded, ...check(subsetOptions.files, what, given) }, context);
    case 'folder':
      return exportFolder(input, { out, excluded, ...check(subsetOptions.folder, what, given) }, context);
    case 'uids': {
      const { uidsFrom: from, ...rest } = check(subsetOptions.uids, what, given);
      return exportUids(input, { out, excluded, from, ...rest }, context);
    }
    case 'webdataset': {
      const { shardSize: shardBytes, ...rest } = check(subsetOptions.webdataset, what, given);
      return exportWebDataset(input, { out, excluded, shardBytes, ...rest }, context);
    }
  }
}

export function check<T>(schema: z.ZodType<T>, what: SubsetKind, given: SubsetExportOptions): T {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  throw new UsageError(`export ${what}: ${z.prettifyError(parsed.error)}`);
}
