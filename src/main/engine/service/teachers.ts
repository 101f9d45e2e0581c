/** @file Teachers that a workspace has seen: those that its jobs embedded with, and the models that lie in it. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { KnownTeacher } from '../../../preload/contract.ts';
import type { Workspace } from '../store/workspace.ts';

const command = z.array(z.string());
const lookedJobs = 500;
const shownTeachers = 8;

/** Newest first; folders and files that are gone are left out. */
export async function knownTeachers(workspace: Workspace): Promise<KnownTeacher[]> {
  const references = [...usedBefore(workspace), ...(await ownModels(workspace))];
  return [...new Set(references)]
    .filter((reference) => existsSync(reference))
    .slice(0, shownTeachers)
    .map((reference) => ({ reference, name: path.basename(reference) }));
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
    return teacher !== undefined && path.isAbsolute(teacher) ? [teacher] : [];
  });
}

async function ownModels({ dir }: Workspace): Promise<string[]> {
  const parent = path.join(dir, 'models');
  const names = await readdir(parent).catch(() => []);
  return names
    .map((name) => path.join(parent, name))
    .filter((folder) => existsSync(path.join(folder, 'open_clip_config.json')));
}
