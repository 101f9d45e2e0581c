/** @file Samples that an export left out, and why. */

export interface Skips {
  skipped: number;
  /** Skipped samples by reason: what stands before `: `. */
  reasons: Record<string, number>;
  /** The first ones. */
  skippedItems: { path: string; reason: string }[];
}

const maximumListed = 20;

export const noSkips = (): Skips => ({ skipped: 0, reasons: {}, skippedItems: [] });

export function addSkip(skips: Skips, path: string, reason: string): void {
  const kind = reason.split(': ')[0]!;
  skips.skipped += 1;
  skips.reasons[kind] = (skips.reasons[kind] ?? 0) + 1;
  if (skips.skippedItems.length < maximumListed) skips.skippedItems.push({ path, reason });
}

/** Adds what another part skipped, behind the rest. */
export function addSkips(skips: Skips, { skipped, reasons, skippedItems }: Skips): void {
  skips.skipped += skipped;
  for (const [kind, n] of Object.entries(reasons)) skips.reasons[kind] = (skips.reasons[kind] ?? 0) + n;
  skips.skippedItems = [...skips.skippedItems, ...skippedItems].slice(0, maximumListed);
}
