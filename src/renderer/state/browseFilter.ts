/** @file What Browse can be asked for, in words and in numbers. */

import type { BrowseFilter, BrowseOrder } from '../../preload/contract.ts';
import { formatCount } from './format.ts';

export const noFilter: BrowseFilter = {
  ...{ caption: '', status: 'ok', fate: 'any', cluster: null, group: null, label: null, flag: null },
  ...{ minSide: null, maxSide: null, minBytes: null, maxBytes: null },
};

/** The first order of each is the one that people look for. */
export const orders: { value: BrowseOrder; label: string; descending: boolean }[] = [
  { value: 'import', label: 'Import order', descending: false },
  { value: 'path', label: 'Path', descending: false },
  { value: 'resolution', label: 'Resolution', descending: true },
  { value: 'bytes', label: 'File size', descending: true },
];

export const fates: { value: BrowseFilter['fate']; label: string }[] = [
  { value: 'any', label: 'Kept and removed' },
  { value: 'kept', label: 'Kept' },
  { value: 'removed', label: 'Removed' },
  { value: 'undecided', label: 'Nobody decided' },
  { value: 'decided', label: 'Somebody decided' },
];

export const statuses: { value: BrowseFilter['status']; label: string }[] = [
  { value: 'ok', label: 'Imported' },
  { value: 'skipped', label: 'Skipped' },
  { value: 'all', label: 'Imported and skipped' },
];

export const flagLabels: Record<NonNullable<BrowseFilter['flag']>, string> = {
  'too-small': 'Too small',
  'odd-aspect': 'Odd aspect',
  blurred: 'Blurred',
  dark: 'Dark',
  bright: 'Bright',
  uniform: 'Uniform',
  copy: 'Exact copy',
  'no-caption': 'No caption',
  boilerplate: 'Boilerplate',
  disagreement: 'Disagreement',
};

export interface Chip {
  text: string;
  /** The filter without it. */
  without: Partial<BrowseFilter>;
}

/** What a filter leaves out beyond the choices that are always in sight. */
export function chipsOf(filter: BrowseFilter): Chip[] {
  const { caption, cluster, group, label, flag, minSide, maxSide, minBytes, maxBytes } = filter;
  const chips: (Chip | false)[] = [
    caption.trim() !== '' && { text: `caption: ${caption.trim()}`, without: { caption: '' } },
    cluster !== null && { text: `cluster ${formatCount(cluster)}`, without: { cluster: null } },
    group !== null && { text: `group ${formatCount(group)}`, without: { group: null } },
    label !== null && { text: `label: ${label}`, without: { label: null } },
    flag !== null && { text: flagLabels[flag].toLowerCase(), without: { flag: null } },
    (minSide ?? maxSide) !== null && {
      text: `shorter side ${rangeText(minSide, maxSide)} px`,
      without: { minSide: null, maxSide: null },
    },
    (minBytes ?? maxBytes) !== null && {
      text: `file ${rangeText(kilo(minBytes), kilo(maxBytes))} kB`,
      without: { minBytes: null, maxBytes: null },
    },
  ];
  return chips.filter((chip) => chip !== false);
}

const kilo = (bytes: number | null): number | null => (bytes === null ? null : bytes / 1000);

function rangeText(from: number | null, to: number | null): string {
  if (from === null) return `up to ${formatCount(to ?? 0)}`;
  return to === null ? `${formatCount(from)} and more` : `${formatCount(from)} to ${formatCount(to)}`;
}

/** A whole number of a field, null where it is empty; undefined where it is none. */
export function wholeOf(text: string, unit = 1): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Math.round(Number(text.trim().replace(',', '.')) * unit);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
