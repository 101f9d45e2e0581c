/** @file What the teacher commands say to people. */

import type { Added } from '../teacher/add.ts';
import type { TeacherDetails, TeacherFacts } from '../teacher/describe.ts';
import type { Unfinished } from '../teacher/hub/unfinished.ts';
import type { Removal } from '../teacher/registry.ts';

const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
const count = (n: number | null): string => (n === null ? '' : `${(n / 1e6).toFixed(1)} M`);
const origin = ({ source, revision }: TeacherFacts): string =>
  revision === null ? source : `${source}@${revision.slice(0, 12)}`;

export function listSummary({
  folder,
  teachers,
  unfinished,
}: {
  folder: string;
  teachers: TeacherFacts[];
  unfinished: Unfinished[];
}): string[] {
  const rows = teachers.map((one) => [
    one.name,
    String(one.embedDim),
    `${one.imageSize} px`,
    count(one.parameters),
    size(one.bytes),
    one.problem === null ? origin(one) : `cannot be used: ${one.problem}`,
  ]);
  return [
    ...table(['name', 'width', 'pictures', 'numbers', 'weights', 'from'], rows),
    ...unfinished.map(
      ({ source, bytes }) =>
        `Not finished: ${source}, ${size(bytes)} are there. Go on with: distillery teacher add ${source}`,
    ),
    ...(teachers.length > 1
      ? []
      : [`Add one with: distillery teacher add FOLDER, or hf:ORG/NAME. They are kept in ${folder}.`]),
  ];
}

/** The last column may be of any width. */
function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) =>
        i === 0 || i === row.length - 1 ? cell.padEnd(i === 0 ? widths[i]! : 0) : cell.padStart(widths[i]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

export const addedSummary = (added: Added): string[] => [
  added.unchanged
    ? `${added.name} was there already, from ${origin(added)}.`
    : `Added ${added.name} from ${origin(added)}.`,
  `${added.embedDim} numbers a picture of ${added.imageSize} px, ${count(added.parameters)} parameters, ${size(added.bytes)} in ${added.path}.`,
  `Use it by name: distillery embed --dataset NAME --teacher ${added.name}`,
];

export function infoSummary(details: TeacherDetails): string[] {
  const { config, problem, verified } = details;
  const facts: [string, string | null][] = [
    ['name', details.name],
    ['from', details.source],
    ['revision', details.revision],
    ['lies in', details.path],
    ['layout', details.layout],
    ['embedding', `${details.embedDim} numbers`],
    ['pictures', `${details.imageSize} x ${details.imageSize} pixels`],
    ['captions', `${details.contextLength} tokens`],
    ['image tower', config && tower(config.vision, `, patches of ${config.vision.patchSize}`)],
    ['text tower', config && tower(config.text, '')],
    ['activation', config && (config.quickGelu ? 'quick GELU' : 'GELU')],
    ['parameters', details.parameters?.toLocaleString('en-US') ?? null],
    ['weights', size(details.bytes)],
    ['sha256', details.sha256 && `${details.sha256}${verified === true ? ' (verified)' : ''}`],
    ['added', details.addedAt],
    ['problem', problem],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)}${value}`]));
}

const tower = ({ layers, width, heads }: { layers: number; width: number; heads: number }, more: string): string =>
  `${layers} layers of ${width}, ${heads} heads${more}`;

export const removalSummary = ({ name, deleted, bytes, kept }: Removal): string[] => [
  kept === null
    ? `Removed ${name}; ${deleted.length} downloaded files (${size(bytes)}) were deleted.`
    : `Removed ${name}; the model in ${kept} stays.`,
];

export const removedDownloads = (downloads: readonly Unfinished[], source: string): string[] =>
  downloads.length === 0
    ? [`There is no unfinished download of ${source}.`]
    : downloads.map(({ source: one, bytes }) => `Deleted the unfinished download of ${one} (${size(bytes)}).`);
