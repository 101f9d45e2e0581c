/** @file A workspace: one folder with its database and files; all of it can be copied elsewhere. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { DistilleryError, messageOf, UsageError } from '../errors.ts';
import { makeFolder } from './files.ts';
import { migrations } from './migrations/index.ts';
import type { Schema } from './schema.ts';

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
 * @throws {DistilleryError} when a newer Distillery made it, or the folder cannot be written.
 */
export function openWorkspace(dir: string): Workspace {
  const absolute = path.resolve(dir);
  makeFolder(absolute);
  const sqlite = new Database(path.join(absolute, 'workspace.sqlite'));
  sqlite.pragma('busy_timeout = 10000');
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  sqlite.pragma('foreign_keys = ON');
  try {
    backUp(sqlite, absolute);
    migrate(sqlite, absolute);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return {
    dir: absolute,
    db: new Kysely<Schema>({ dialect: new SqliteDialect({ database: sqlite }) }),
    sqlite,
    close: () => sqlite.close(),
  };
}

/** True when the folder holds a workspace, so that reading commands do not make one by mistake. */
export function isWorkspace(dir: string): boolean {
  return existsSync(path.join(dir, 'workspace.sqlite'));
}

const schemaOf = (sqlite: Database.Database): number => sqlite.pragma('user_version', { simple: true }) as number;

/**
 * Keeps the database of an older Distillery as `backup-SCHEMA-TIME.sqlite` before it is changed. `VACUUM INTO` gives the same consistent
 * copy as SQLite's backup interface, but within this one call: a workspace is never handed out half-way.
 * @throws {DistilleryError} where there is no room; nothing was changed then.
 */
function backUp(sqlite: Database.Database, dir: string): void {
  const version = schemaOf(sqlite);
  if (version === 0 || version >= migrations.length) return;
  const file = path.join(dir, `backup-${version}-${timestamp().replaceAll(/[-:]|\.\d+/g, '')}.sqlite`);
  const partial = `${file}.${process.pid}.partial`;
  try {
    sqlite.prepare('VACUUM INTO ?').run(partial);
    // another process may have changed it meanwhile, and has made its own copy
    if (schemaOf(sqlite) === version) renameSync(partial, file);
    else rmSync(partial);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new DistilleryError(
      `The workspace ${dir} is of an older Distillery (schema ${version}) and was not changed, since a copy of its database could not be made: ${messageOf(error)}. Make room and open it again.`,
      { cause: error },
    );
  }
}

function migrate(sqlite: Database.Database, dir: string): void {
  const run = sqlite.transaction(() => {
    const version = schemaOf(sqlite);
    if (version > migrations.length) {
      throw new DistilleryError(
        `The workspace ${dir} has schema ${version}, this Distillery knows ${migrations.length}. Update Distillery to open it.`,
      );
    }
    for (const [index, up] of migrations.entries()) {
      if (index >= version) up(sqlite);
    }
    sqlite.pragma(`user_version = ${migrations.length}`);
  });
  run.immediate();
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
