/** @file Teachers to choose from: those that a workspace's jobs embedded with, the models that lie in it, and the bundled one. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { KnownTeacher } from '../../../preload/contract.ts';
import type { Workspace } from '../store/workspace.ts';
import { bundledName } from '../teacher/parts.ts';

const command = z.array(z.string());
const lookedJobs = 500;
const shownTeachers = 8;

/** Newest first, the bundled one last where it was not used; folders and files that are gone are left out. */
export async function knownTeachers(workspace: Workspace): Promise<KnownTeacher[]> {
  const references = [...new Set([...usedBefore(workspace), ...(await ownModels(workspace))])];
  const there = references.filter((reference) => reference === bundledName || existsSync(reference));
  return [...new Set([...there.slice(0, shownTeachers), bundledName])].map((reference) => ({
    reference,
    name: path.basename(reference),
  }));
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
    return teacher !== undefined && (teacher === bundledName || path.isAbsolute(teacher)) ? [teacher] : [];
  });
}

async function ownModels({ dir }: Workspace): Promise<string[]> {
  const parent = path.join(dir, 'models');
  const names = await readdir(parent).catch(() => []);
  return names
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, 'open_clip_config.json')));
}
