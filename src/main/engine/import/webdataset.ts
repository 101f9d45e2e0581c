/** @file A WebDataset shard: pictures read in place from a .tar, copied into the workspace from a .tar.gz. */

import path from 'node:path';
import { messageOf } from '../errors.ts';
import { openBytes, type ByteSource } from '../archive/byteSource.ts';
import { tableOfShard, type ShardTable } from './img2dataset.ts';
import { cleanLabel, countItems, uidOf, cleanCaption, type Item, type ItemSource } from './item.ts';
import { shownName } from '../archive/memberNames.ts';
import { pictureEnding } from './pictureFormat.ts';
import { captionOf, maximumSidecar, textOfFile } from './sidecar.ts';
import { readSamples, type Member, type Sample } from '../archive/tarSamples.ts';

/** Of two pictures in one sample the first of these is taken, then any other ending of a picture in their order. */
const pictureEndings = ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif', 'tif', 'tiff'];

/** A shard. Its samples are counted by their headers; those of a compressed one are not. */
export function openWebDataset(file: string): Promise<ItemSource> {
  return Promise.resolve({
    identity: 'path',
    columns: {},
    count: (signal) => countSamples(file, signal),
    items: () => readItems(file),
  });
}

async function countSamples(file: string, signal: AbortSignal | undefined): Promise<number | null> {
  const bytes = await openBytes(file);
  try {
    return bytes.compressed ? null : await countItems(readSamples(bytes), signal);
  } finally {
    await bytes.close();
  }
}

async function* readItems(file: string): AsyncGenerator<Item, void, undefined> {
  const bytes = await openBytes(file);
  try {
    const table = tableOfShard(file);
    for await (const sample of readSamples(bytes)) yield await itemOf(file, sample, bytes, table);
  } finally {
    await bytes.close();
  }
}

async function itemOf(file: string, sample: Sample, bytes: ByteSource, table: ShardTable): Promise<Item> {
  const picture = choosePicture(sample.members);
  const again = sample.occurrence > 1 ? `#${sample.occurrence}` : '';
  const item = { path: shownName(picture?.name ?? sample.key) + again, file: null, caption: '', label: null };
  if (sample.problem !== undefined) return { ...item, problem: sample.problem };
  if (picture === undefined) return { ...item, problem: 'no picture' };
  if (again !== '') return { ...item, problem: `duplicate key: ${shownName(sample.key).slice(0, 200)}` };
  if (picture.length === 0) return { ...item, problem: 'empty file' };
  const texts = await readTexts(sample, bytes, table);
  if ('problem' in texts) return { ...item, ...texts };
  return { ...item, ...texts, modified: picture.modified, ...placeOf(file, sample.members, picture) };
}

function choosePicture(members: readonly Member[]): Member | undefined {
  const rank = ({ ending }: Member): number => {
    const whole = pictureEndings.indexOf(ending);
    if (whole !== -1) return whole;
    const last = pictureEndings.indexOf(ending.slice(ending.lastIndexOf('.') + 1));
    return pictureEndings.length * (last === -1 ? 2 : 1) + Math.max(last, 0);
  };
  return members.filter(({ ending }) => pictureEnding.test(`.${ending}`)).sort((a, b) => rank(a) - rank(b))[0];
}

/** Where the members lie: in the shard, or in what is copied into the workspace. */
function placeOf(file: string, members: readonly Member[], picture: Member): Partial<Item> {
  if (picture.content === undefined) {
    const places = members.map(({ ending, offset, length }) => ({ ending, offset, length }));
    return { file, part: { offset: picture.offset, length: picture.length, encoding: null }, members: places };
  }
  let offset = 0;
  const places = members.map(({ ending, length }) => {
    offset += length;
    return { ending, offset: offset - length, length };
  });
  const content = Buffer.concat(members.map((member) => member.content!));
  const place = places[members.indexOf(picture)]!;
  return { content, part: { offset: place.offset, length: place.length, encoding: null }, members: places };
}

type Texts = Pick<Item, 'caption' | 'label' | 'uid'>;

/** Caption from .txt, else .json, else the shard's table; label from .cls or .label; uid from .json, else that table. */
async function readTexts(
  { key, members }: Sample,
  bytes: ByteSource,
  table: ShardTable,
): Promise<Texts | { problem: string }> {
  const textIn = async (ending: string): Promise<string> => {
    const member = members.find((candidate) => candidate.ending === ending);
    if (member === undefined) return '';
    if (member.length > maximumSidecar) throw new TextProblem('side-car too large', member);
    const content = member.content ?? (await bytes.read(member.offset, member.length));
    if (content.length < member.length) throw new TextProblem('side-car cannot be read', member);
    return textOfFile(content);
  };
  try {
    const text = cleanCaption(await textIn('txt'));
    const json = parseJson(await textIn('json'));
    // where there is another caption, only an export will miss what the .json says
    if (text === '' && json === damagedJson) throw new TextProblem('side-car is not JSON', { name: `${key}.json` });
    const own = text || cleanCaption(captionOf(json));
    const row = own === '' ? await table.find(path.posix.basename(key)) : undefined;
    const label = cleanLabel((await textIn('cls')) || (await textIn('label')));
    return { caption: own || (row?.caption ?? ''), label, uid: uidIn(json) ?? row?.uid };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

class TextProblem extends Error {
  constructor(kind: string, { name, length }: { name: string; length?: number }) {
    super(`${kind}: ${path.posix.basename(name)}${length === undefined ? '' : ` has ${length} bytes`}`);
  }
}

const damagedJson = Symbol('damaged JSON');

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return damagedJson;
  }
}

const uidIn = (json: unknown): string | undefined =>
  typeof json === 'object' && json !== null && 'uid' in json ? uidOf(json.uid) : undefined;
