/** @file A workspace: one folder with its database and files; all of it can be copied elsewhere. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { DistilleryError, messageOf, UsageError } from '../errors.ts';
import { isDiskFull, makeFolder } from './files.ts';
import type { Schema } from './schema.ts';
import { bringUpToDate } from './upgrade.ts';

const databaseFile = 'workspace.sqlite';

export interface Workspace {
  /** Absolute. */
  dir: string;
  db: Kysely<Schema>;
  /** The connection under `db`, for transactions over prepared statements in hot loops. */
  sqlite: Database.Database;
  close: () => void;
}

/**
 * Opens a workspace, makes it where it is missing and brings its schema up to date; the database as it was is kept beside it.
 * @throws {DistilleryError} when a newer Distillery made it, or it is damaged, in use or cannot be written.
 */
export function openWorkspace(dir: string): Workspace {
  const absolute = path.resolve(dir);
  makeFolder(absolute);
  let sqlite: Database.Database | undefined;
  try {
    sqlite = new Database(path.join(absolute, databaseFile));
    sqlite.pragma('busy_timeout = 10000');
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = NORMAL');
    sqlite.pragma('foreign_keys = ON');
    bringUpToDate(sqlite, absolute);
  } catch (error) {
    sqlite?.close();
    throw error instanceof DistilleryError ? error : notOpened(error, absolute);
  }
  const opened = sqlite;
  return {
    dir: absolute,
    db: new Kysely<Schema>({ dialect: new SqliteDialect({ database: opened }) }),
    sqlite: opened,
    close: () => opened.close(),
  };
}

function notOpened(error: unknown, dir: string): DistilleryError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const next = /^SQLITE_(BUSY|LOCKED)/.test(code)
    ? 'Another process holds it: wait for it or end it, and repeat the command.'
    : isDiskFull(error)
      ? 'The disk is full: make room and repeat the command.'
      : /^SQLITE_(NOTADB|CORRUPT)/.test(code)
        ? `It is damaged or no workspace: put a copy in the place of ${databaseFile}, or choose another folder.`
        : `Is ${databaseFile} of Distillery, and may it be written? Otherwise choose another folder.`;
  return new DistilleryError(`The workspace ${dir} cannot be opened: ${messageOf(error)}. ${next}`, { cause: error });
}

/** True when the folder holds a workspace, so that reading commands do not make one by mistake. */
export function isWorkspace(dir: string): boolean {
  return existsSync(path.join(dir, databaseFile));
}

/** Dataset row by name. @throws {UsageError} naming the datasets that exist. */
export async function findDataset(workspace: Workspace, name: string): Promise<{ id: number; name: string }> {
  const found = await workspace.db
    .selectFrom('datasets')
    .select(['id', 'name'])
    .where('name', '=', name)
    .executeTakeFirst();
  if (found) return found;
  const names = await workspace.db.selectFrom('datasets').select('name').orderBy('name').execute();
  const known = names.map((row) => row.name).join(', ') || 'none yet';
  throw new UsageError(
    `No dataset "${name}" in ${workspace.dir} (there: ${known}). Import one: distillery import SRC --dataset ${name}`,
  );
}

/** The newest balance of a dataset, if any. */
export async function latestBalance(workspace: Workspace, datasetId: number) {
  return workspace.db
    .selectFrom('balances')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Ids of samples that a balance removed. */
export async function removedSamples(workspace: Workspace, balanceId: number): Promise<Set<number>> {
  const rows = await workspace.db
    .selectFrom('members')
    .innerJoin('duplicate_groups', 'duplicate_groups.id', 'members.group_id')
    .select('members.sample_id')
    .where('duplicate_groups.balance_id', '=', balanceId)
    .where('members.keep', '=', 0)
    .union(workspace.db.selectFrom('removals').select('sample_id').where('balance_id', '=', balanceId))
    .execute();
  return new Set(rows.map((row) => row.sample_id));
}

/** Now, as the database writes times. */
export const timestamp = (): string => new Date().toISOString();
