/** @file Jobs that wait for the one that runs. */

import type Database from 'better-sqlite3';

export function up(db: Database.Database): void {
  db.exec(`
    CREATE TABLE queued_jobs (
      id INTEGER PRIMARY KEY,
      command TEXT NOT NULL,              -- JSON array of arguments, as in jobs
      queued_at TEXT NOT NULL
    );
  `);
}
