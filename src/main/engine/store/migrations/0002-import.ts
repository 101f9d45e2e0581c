/** @file What a repeated import needs: the options it began with, and a quick answer to "is this path there yet?". */

import type Database from 'better-sqlite3';

export function up(db: Database.Database): void {
  db.exec(`
    ALTER TABLE datasets ADD COLUMN options TEXT NOT NULL DEFAULT '{}';   -- JSON: the columns that were read
    CREATE INDEX samples_by_path ON samples (dataset_id, path);
  `);
}
