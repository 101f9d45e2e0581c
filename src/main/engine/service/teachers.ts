/** @file Teachers to choose from: those of this machine, those that a workspace's jobs embedded with, and the models that lie in it. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { KnownTeacher } from '../../../preload/teachers.ts';
import type { Workspace } from '../store/workspace.ts';
import { listTeachers } from '../teacher/describe.ts';
import { isTeacherName } from '../teacher/registry.ts';

const command = z.array(z.string());
const lookedJobs = 500;
/** Beside those with a name. */
const shownPaths = 8;

/** The bundled one first; of paths the newest first, and those that are gone left out. */
export async function knownTeachers(workspace: Workspace): Promise<KnownTeacher[]> {
  const used = usedBefore(workspace).filter((reference) => isTeacherName(reference) || existsSync(reference));
  const known = (reference: string, named: boolean, problem: string | null): KnownTeacher => ({
    ...{ reference, name: path.basename(reference), named, latest: reference === used[0], problem },
  });
  const registered = await listTeachers();
  const paths = new Set([...used, ...(await ownModels(workspace))].filter((reference) => !isTeacherName(reference)));
  return [
    ...registered.map(({ name, problem }) => known(name, true, problem)),
    ...[...paths].slice(0, shownPaths).map((reference) => known(reference, false, null)),
  ];
}

/** What a terminal named from its own folder cannot be found from here. */
function usedBefore({ sqlite }: Workspace): string[] {
  const rows = sqlite
    .prepare<[number], string>("SELECT command FROM jobs WHERE state <> 'failed' ORDER BY id DESC LIMIT ?")
    .pluck()
    .all(lookedJobs);
  return rows.flatMap((row) => {
    const words = command.parse(JSON.parse(row));
    const teacher = words[0] === 'embed' ? words[words.indexOf('--teacher') + 1] : undefined;
    return teacher !== undefined && (isTeacherName(teacher) || path.isAbsolute(teacher)) ? [teacher] : [];
  });
}

async function ownModels({ dir }: Workspace): Promise<string[]> {
  const parent = path.join(dir, 'models');
  const names = await readdir(parent).catch(() => []);
  return names
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, 'open_clip_config.json')));
}
