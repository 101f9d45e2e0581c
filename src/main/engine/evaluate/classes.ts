/** @file Class names and prompt templates: by name, from a .txt or .json file, or from the labels themselves. */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UsageError, messageOf } from '../errors.ts';
import { lines } from './example.ts';

/** Prompts where none are given: short, so that they fit food and furniture alike. */
export const defaultTemplates = [
  '{}',
  'a photo of a {}.',
  'a photo of the {}.',
  'a photo of {}.',
  'a close-up photo of {}.',
];

const imagenetFile = fileURLToPath(new URL('../../../../resources/clip/zeroShot.json', import.meta.url));
const imagenetSchema = z.object({
  classNames: z.array(z.string()).min(1),
  templates: z.array(z.string()).min(1),
  /** WordNet's id of each class. */
  synsets: z.array(z.string()).optional(),
});

const listSchema = z.array(z.string()).min(1);
/** CLIP_benchmark's files hold one list per dataset; a plain mapping gives each label its name. */
const jsonSchema = z.union([listSchema, z.record(z.string(), z.union([listSchema, z.string()]))]);

/** ImageNet's names, of which only classes with images are to choose from: ImageNet-A and -R. */
const subset = 'imagenet-subset';

type Names = string[] | Map<string, string>;

/** CLIP's own names and prompts, put there by the set-up. */
export const imagenetNames = async (kind: 'classNames' | 'templates'): Promise<string[]> =>
  (await readJson(imagenetFile, imagenetSchema))[kind];

/** WordNet's ids of its classes, in class order. @throws {UsageError} after a set-up of an earlier version */
export async function imagenetIds(): Promise<string[]> {
  const { synsets } = await readJson(imagenetFile, imagenetSchema);
  if (synsets) return synsets;
  throw new UsageError(`${imagenetFile} has no WordNet ids: an earlier set-up made it. Run: npm run setup`);
}

/**
 * Reads `imagenet` and `imagenet-subset`, FILE.txt (a name a line), FILE.json (a list, or a mapping of labels to names), or FILE.json#KEY
 * (the list of that key). Of several lists without a key that of the data's name is taken.
 * @throws {UsageError} when it cannot be read or holds several lists and no key is named.
 */
async function readNames(reference: string, kind: 'classNames' | 'templates', data?: string): Promise<Names> {
  if (reference === 'imagenet' || reference === subset) return imagenetNames(kind);
  const [, file = reference, named] = /^(.*\.json)#(.+)$/i.exec(reference) ?? [];
  if (path.extname(file).toLowerCase() !== '.json') {
    const names = lines(await readText(file));
    if (names.length === 0) throw new UsageError(`${file} holds no line.`);
    return names;
  }
  const json = await readJson(file, jsonSchema);
  if (Array.isArray(json)) return json;
  const key = named ?? (data !== undefined && Array.isArray(json[data]) ? data : undefined);
  const entries = Object.entries(json);
  const lists = entries.filter(([name, value]) => Array.isArray(value) && (key === undefined || name === key));
  if (lists.length === 1) return lists[0]![1] as string[];
  if (lists.length === 0 && key === undefined && entries.length > 0) return new Map(entries as [string, string][]);
  const keys = entries.map(([name]) => name).slice(0, 20);
  throw new UsageError(`${file} has the keys ${keys.join(', ')}; name one with ${path.basename(file)}#KEY.`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(file);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UsageError(`${file} does not hold what is needed here: ${reason}`, { cause: error });
  }
}

/** What the data says of itself. */
interface Own {
  /** Its name. */
  data?: string;
  classNames?: string[];
  classIds?: string[];
  onlyPresent?: boolean;
  templates?: string[];
}

/** Templates with {} or {c} where the class name goes: those named, else the data's own. @throws {UsageError} naming one without. */
export async function readTemplates(reference?: string, { data, templates: own }: Own = {}): Promise<string[]> {
  const templates = reference === undefined ? (own ?? defaultTemplates) : await readNames(reference, 'templates', data);
  if (!Array.isArray(templates)) throw new UsageError(`${reference} is no list of templates.`);
  const bad = templates.find((template) => !/\{c?\}/.test(template));
  if (bad !== undefined) {
    throw new UsageError(`${reference ?? 'The data'}: the template "${bad}" has no {} for the class name.`);
  }
  return templates;
}

/** The prompt of a class. */
export const fillTemplate = (template: string, name: string): string => template.replace(/\{c?\}/g, () => name);

export interface Classes {
  /** In class order. */
  names: string[];
  /** Class index of a label. */
  indexOf: Map<string, number>;
}

/**
 * Gives each label a class. With a list of names a label is the name itself, or the index of it, or both are in the
 * same order; without one, the data's own names are such a list, or labels are their own names (`_` reads as a space).
 * @throws {UsageError} when labels and names do not fit.
 */
export async function readClasses(
  labels: Iterable<string>,
  reference?: string,
  { data, classNames: own, classIds, onlyPresent = false }: Own = {},
): Promise<Classes> {
  const sorted = [...new Set(labels)].sort();
  const inOrder = (names: string[]): Classes => ({ names, indexOf: new Map(sorted.map((label, i) => [label, i])) });
  if (reference === undefined && own === undefined) return inOrder(sorted.map((label) => label.replaceAll('_', ' ')));
  const names = reference === undefined ? own! : await readNames(reference, 'classNames', data);
  if (!Array.isArray(names)) {
    const unnamed = sorted.find((label) => !names.has(label));
    if (unnamed !== undefined) throw new UsageError(`${reference} has no name for the label "${unnamed}".`);
    return { names: [...names.values()], indexOf: new Map([...names.keys()].map((label, i) => [label, i])) };
  }
  const wordNet = sorted.length > 0 && sorted.every((label) => wordNetId.test(label));
  const ids =
    reference === undefined ? classIds : /^imagenet/.test(reference) && wordNet ? await imagenetIds() : undefined;
  if (wordNet && ids?.length === names.length) {
    return classesById(sorted, {
      names,
      ids,
      onlyPresent: reference === undefined ? onlyPresent : reference === subset,
    });
  }
  const places = sorted.every((label) => /^\d+$/.test(label) && Number(label) < names.length);
  const byPlace = { names, indexOf: new Map(sorted.map((label) => [label, Number(label)])) };
  // classes named by numbers: the data's own labels are places, those of a person's list are names
  if (places && reference === undefined) return byPlace;
  const byName = new Map(names.map((name, i) => [plain(name), i]));
  if (sorted.every((label) => byName.has(plain(label)))) {
    return { names, indexOf: new Map(sorted.map((label) => [label, byName.get(plain(label))!])) };
  }
  if (places) return byPlace;
  if (sorted.length === names.length) return inOrder(names);
  throw new UsageError(
    `${reference ?? 'The data'} has ${names.length} class names, the data has ${sorted.length} labels (${sorted.slice(0, 5).join(', ')}, ...). ` +
      `Give one name per label in the labels' order, or a .json mapping of labels to names.`,
  );
}

const wordNetId = /^n\d{8}$/;

/** Labels that are ids of the classes. @throws {UsageError} naming one that is none */
function classesById(
  labels: readonly string[],
  { names, ids, onlyPresent }: { names: string[]; ids: string[]; onlyPresent: boolean },
): Classes {
  const place = new Map(ids.map((id, i) => [id, i]));
  const unknown = labels.find((label) => !place.has(label));
  if (unknown !== undefined)
    throw new UsageError(`The label ${unknown} is none of the ${ids.length} classes of ImageNet.`);
  if (!onlyPresent) return { names, indexOf: new Map(labels.map((label) => [label, place.get(label)!])) };
  const present = [...labels].sort((a, b) => place.get(a)! - place.get(b)!);
  return {
    names: present.map((label) => names[place.get(label)!]!),
    indexOf: new Map(present.map((label, i) => [label, i])),
  };
}

const plain = (name: string): string => name.replaceAll('_', ' ').trim().toLowerCase();
