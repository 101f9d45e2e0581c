/** @file Parquet tables: paths of pictures, or the pictures themselves as Hugging Face datasets write them. */

import path from 'node:path';
import type { SchemaTree } from 'hyparquet';
import { z } from 'zod';
import { DistilleryError, messageOf } from '../errors.ts';
import { findColumns, requireImageColumn, type Columns } from '../tables/columns.ts';
import { cleanLabel, itemOfRow, resolveInside, textOf, uidOf, type Item, type ItemSource } from './item.ts';
import { checkColumns, openParquetFile, readPieces, type ParquetFile, type Piece } from './parquetFile.ts';
import type { Source } from './sources.ts';
import type { TableOptions } from './table.ts';

/** Columns in use. */
export interface Roles extends Columns {
  /** True when the image column holds the files themselves. */
  embedded: boolean;
  /** DataComp's name of a pair. */
  uid?: string;
}

type Table = ParquetFile & { name: string; folder: string; roles: Roles; classes: Record<string, string[]> };
/** A file that cannot be read, beside others that can. */
type Broken = { name: string; problem: string };

/**
 * Opens files with the same columns; relative paths count from each file's folder, or from `images`. With embedded pictures
 * a damaged file is one skipped pair; a table of paths must be whole, since its rows are known by their number.
 * @throws {DistilleryError} when no file can be read. @throws {UsageError} without a column of pictures.
 */
export async function openParquet(sources: readonly Source[], options: TableOptions): Promise<ItemSource> {
  const opened: (Table | Broken)[] = [];
  let first: Table | undefined;
  for (const source of sources) {
    const name = source.name || path.basename(source.path);
    try {
      const parquet = await openParquetFile(source.path);
      const roles: Roles = first?.roles ?? findRoles(parquet, options);
      checkRoles(parquet, roles);
      const folder = options.images ?? path.dirname(source.path);
      const table = { ...parquet, name, folder, roles, classes: { ...first?.classes, ...featuresOf(parquet).classes } };
      first ??= table;
      opened.push(table);
    } catch (error) {
      const isLast = first === undefined && source === sources.at(-1);
      if (isLast || !(error instanceof DistilleryError) || first?.roles.embedded === false) throw error;
      opened.push({ name, problem: `damaged Parquet file: ${messageOf(error)}` });
    }
  }
  const { roles } = first!;
  if (!roles.embedded && opened.length > 1) {
    const broken = opened.find((one) => 'problem' in one);
    if (broken) throw new DistilleryError(broken.problem);
  }
  const { embedded, ...columns } = roles;
  async function* items(): AsyncGenerator<Item> {
    for (const table of opened) {
      if ('problem' in table) yield { path: table.name, file: null, caption: '', label: null, problem: table.problem };
      else yield* readItems(table);
    }
  }
  return {
    identity: embedded ? 'path' : 'row',
    columns,
    count: () => Promise.resolve(opened.reduce((sum, one) => sum + ('rows' in one ? one.rows : 1), 0)),
    items,
  };
}

function findRoles(parquet: ParquetFile, options: TableOptions): Roles {
  const { file, columns } = parquet;
  const names = columns.map(({ element }) => element.name);
  const { image, classLabel } = featuresOf(parquet);
  const roles: Roles = { ...findColumns(names, options, file), embedded: false };
  const holds = columns.filter(holdsPictures).map(({ element }) => element.name);
  const picture = options.imageColumn === undefined ? (holds.find((name) => name === image) ?? holds[0]) : roles.image;
  if (picture !== undefined && holds.includes(picture)) Object.assign(roles, { image: picture, embedded: true });
  // a named binary column holds files, whatever its name
  const named = columns.find(({ element }) => element.name === options.imageColumn);
  if (named && isBinary(named)) roles.embedded = true;
  if (roles.label === undefined && classLabel !== undefined) roles.label = classLabel;
  if (names.includes('uid')) roles.uid = 'uid';
  return { ...roles, image: requireImageColumn(roles, names, file) };
}

/** Usual names of columns with the bytes of pictures. */
const pictureNames = /^((image|img|picture)(_?(bytes|data|content|binary))?|jpe?g|png|webp|bytes|content)$/i;

/** As Hugging Face writes pictures, a structure {bytes, path}; or bare bytes under a usual name. */
const holdsPictures = (column: SchemaTree): boolean =>
  column.children.some((child) => child.element.name === 'bytes' && child.element.type === 'BYTE_ARRAY') ||
  (isBinary(column) && pictureNames.test(column.element.name));

const isBinary = ({ children, element }: SchemaTree): boolean =>
  children.length === 0 &&
  element.type === 'BYTE_ARRAY' &&
  element.converted_type === undefined &&
  element.logical_type === undefined;

function checkRoles(parquet: ParquetFile, roles: Roles): void {
  const wanted = Object.values(roles).filter((value): value is string => typeof value === 'string');
  const missing = wanted.find((name) => !parquet.columns.some(({ element }) => element.name === name));
  if (missing !== undefined) throw new DistilleryError(`${parquet.file} has no column "${missing}"`);
  checkColumns(parquet, wanted);
}

const featureSchema = z.looseObject({ _type: z.string().optional(), names: z.array(z.string()).optional() });
const huggingFaceSchema = z.object({ info: z.object({ features: z.record(z.string(), z.unknown()) }) });

/** What Hugging Face's entry of the footer says: the column of pictures, and the names of classes by column. */
function featuresOf({ metadata }: ParquetFile): {
  image?: string;
  classLabel?: string;
  classes: Record<string, string[]>;
} {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  let json: unknown;
  try {
    json = JSON.parse(text ?? '');
  } catch {
    return { classes: {} };
  }
  const parsed = huggingFaceSchema.safeParse(json);
  const features = Object.entries(parsed.data?.info.features ?? {}).flatMap(([name, value]) => {
    const feature = featureSchema.safeParse(value);
    return feature.success ? [{ name, ...feature.data }] : [];
  });
  const image = features.find(({ _type }) => _type === 'Image')?.name;
  const labels = features.filter(({ _type }) => _type === 'ClassLabel');
  return {
    ...(image !== undefined && { image }),
    ...(labels[0] && { classLabel: labels[0].name }),
    classes: Object.fromEntries(labels.map(({ name, names = [] }) => [name, names])),
  };
}

async function* readItems(table: Table): AsyncGenerator<Item> {
  const { roles, folder, name } = table;
  const classes = roles.label === undefined ? undefined : table.classes[roles.label];
  for await (const piece of readPieces(table, 0, roles.image)) {
    const rows = await readTexts(piece, roles);
    let pictures: Promise<ArrayLike<unknown>> | undefined;
    for (let row = piece.from; row < piece.to; row++) {
      const at = row - piece.from;
      const label = labelOf(rows.label?.[at], classes);
      const named = itemOfRow(folder, rows.image?.[at], rows.caption?.[at], label);
      const problem = rows.problem ?? named.problem;
      const item = { ...named, uid: uidOf(rows.uid?.[at]), problem };
      if (!roles.embedded) yield item;
      else {
        const load = async () => {
          try {
            return pictureOf(folder, (await (pictures ??= piece.read(roles.image!)))[at]);
          } catch (error) {
            return { problem: damaged(error) };
          }
        };
        const bare = { path: `${name}#${row}`, file: null, caption: item.caption, label: item.label, uid: item.uid };
        yield rows.problem === undefined ? { ...bare, load } : { ...bare, problem: rows.problem };
      }
    }
  }
}

interface Texts {
  image?: ArrayLike<unknown>;
  caption?: ArrayLike<unknown>;
  label?: ArrayLike<unknown>;
  uid?: ArrayLike<unknown>;
  problem?: string;
}

/** The columns beside the pictures; damaged pages stop only their rows. */
async function readTexts(piece: Piece, { embedded, ...roles }: Roles): Promise<Texts> {
  const texts: Texts = {};
  try {
    for (const role of ['image', 'caption', 'label', 'uid'] as const) {
      const column = roles[role];
      if (column !== undefined && !(role === 'image' && embedded)) texts[role] = await piece.read(column);
    }
    return texts;
  } catch (error) {
    return { problem: damaged(error) };
  }
}

const damaged = (error: unknown): string => `damaged Parquet pages: ${messageOf(error).slice(0, 300)}`;

function labelOf(value: unknown, classes: readonly string[] | undefined): string | null {
  if (classes === undefined) return cleanLabel(value);
  // -1 stands for no label
  return cleanLabel(classes[Number(value ?? -1)] ?? '');
}

/** A cell: bytes, or a structure with bytes or else a path. */
function pictureOf(folder: string, value: unknown): Partial<Pick<Item, 'file' | 'content' | 'problem'>> {
  if (value instanceof Uint8Array) return { content: value };
  if (typeof value === 'object' && value !== null && 'bytes' in value) {
    if (value.bytes instanceof Uint8Array) return { content: value.bytes };
    if ('path' in value && value.path !== null) return resolveInside(folder, textOf(value.path));
  }
  return { problem: 'no picture' };
}
