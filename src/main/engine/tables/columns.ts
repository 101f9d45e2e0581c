/** @file Which columns of a table hold the picture, its caption and its label. */

import { UsageError } from '../errors.ts';

/** What the user named; the rest is found by its name. */
export interface ColumnOptions {
  imageColumn?: string | undefined;
  captionColumn?: string | undefined;
  labelColumn?: string | undefined;
}

/** Names of the columns in use; an absent one is empty or null in every row. */
export interface Columns {
  image?: string;
  caption?: string;
  label?: string;
}

/** In order of preference, without case, spaces and punctuation: a local path goes before an address. */
const known = {
  image: 'filepath imagepath imgpath path filename imagefile file imagename image img imageurl url uri src'.split(' '),
  caption: 'caption text title captions description alttext alt prompt sentence raw'.split(' '),
  label: 'label class classname category group'.split(' '),
};

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/**
 * Columns for the given header names.
 * @throws {UsageError} when a column that the user named is missing.
 */
export function findColumns(names: readonly string[], options: ColumnOptions, file: string): Columns {
  const columns: Columns = {};
  for (const role of ['image', 'caption', 'label'] as const) {
    const wanted = options[`${role}Column`];
    const name = wanted === undefined ? findKnown(names, role) : findNamed(names, wanted, role, file);
    if (name !== undefined) columns[role] = name;
  }
  return columns;
}

/** The image column. @throws {UsageError} listing the columns when there is none. */
export function requireImageColumn(columns: Columns, names: readonly string[], file: string): string {
  if (columns.image !== undefined) return columns.image;
  const hint = names.some((name) => /\.(jpe?g|png|webp|gif|avif|tiff?)$/i.test(name.trim()))
    ? 'Its first row looks like data: add a header row such as filepath,title.'
    : 'Name it with --image-column.';
  throw new UsageError(`${file} has no column that names the pictures (columns: ${listed(names)}). ${hint}`);
}

function findKnown(names: readonly string[], role: keyof typeof known): string | undefined {
  for (const wanted of known[role]) {
    const found = names.find((name) => plain(name) === wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findNamed(names: readonly string[], wanted: string, role: string, file: string): string {
  const found = names.find((name) => name === wanted) ?? names.find((name) => plain(name) === plain(wanted));
  if (found !== undefined) return found;
  throw new UsageError(`${file} has no column "${wanted}" for --${role}-column (columns: ${listed(names)}).`);
}

const listed = (names: readonly string[]): string =>
  names
    .slice(0, 20)
    .map((name) => (name.length > 60 ? `${name.slice(0, 60)}...` : name))
    .join(', ');
