/** @file The schema of a workspace brought up to that of this version, never without a copy of what was. */

import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { DistilleryError, messageOf } from '../errors.ts';
import { migrations } from './migrations/index.ts';

const schemaOf = (sqlite: Database.Database): number => sqlite.pragma('user_version', { simple: true }) as number;

/** Runs the migrations that a workspace lacks, all or none; the database as it was is kept beside it. @throws {DistilleryError} */
export function bringUpToDate(sqlite: Database.Database, dir: string): void {
  const version = schemaOf(sqlite);
  const backup = version > 0 && version < migrations.length ? backUp(sqlite, dir, version) : undefined;
  try {
    migrate(sqlite, dir);
  } catch (error) {
    // each try would leave one more copy of a database that is as it was
    if (backup !== undefined && schemaOf(sqlite) === version) rmSync(backup);
    throw error;
  }
}

/** A copy in the making is written all the time; one that was not for this long was left by a process that was killed. */
const leftAfterMs = 3_600_000;

/**
 * Keeps the database of an older Distillery as `backup-SCHEMA-TIME.sqlite` before it is changed. `VACUUM INTO` gives the same consistent
 * copy as SQLite's backup interface, but within this one call: a workspace is never handed out half-way.
 * @returns the file that this call made
 * @throws {DistilleryError} where there is no room; nothing was changed then.
 */
function backUp(sqlite: Database.Database, dir: string, version: number): string | undefined {
  for (const name of readdirSync(dir).filter((one) => /^backup-.*\.partial$/.test(one))) {
    const { mtimeMs } = statSync(path.join(dir, name));
    if (Date.now() - mtimeMs > leftAfterMs) rmSync(path.join(dir, name));
  }
  const file = path.join(dir, `backup-${version}-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}.sqlite`);
  const partial = `${file}.${process.pid}.partial`;
  try {
    sqlite.prepare('VACUUM INTO ?').run(partial);
    // another process may have changed it meanwhile, or made this very copy
    const made = schemaOf(sqlite) === version && !statSync(file, { throwIfNoEntry: false })?.isFile();
    if (made) renameSync(partial, file);
    else rmSync(partial);
    return made ? file : undefined;
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
