/** @file The first schema. Times are ISO 8601 in UTC; JSON columns are checked with zod where they are read. */

import type Database from 'better-sqlite3';

export function up(db: Database.Database): void {
  db.exec(`
    CREATE TABLE datasets (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      source TEXT NOT NULL,
      format TEXT NOT NULL,
      imported_at TEXT NOT NULL,
      complete INTEGER NOT NULL DEFAULT 0
    );
    -- one row per image-text pair; a pair that cannot be used stays, with its reason
    CREATE TABLE samples (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
      position INTEGER NOT NULL,          -- row of the source, from 0
      path TEXT NOT NULL,                 -- as it was imported
      file TEXT,                          -- absolute; null when only an embedding exists
      caption TEXT NOT NULL,
      label TEXT,
      width INTEGER, height INTEGER,      -- pixels
      bytes INTEGER,
      hash TEXT,                          -- sha256 of the file
      status TEXT NOT NULL CHECK (status IN ('ok', 'skipped')),
      reason TEXT,
      UNIQUE (dataset_id, position)
    );
    CREATE INDEX samples_by_status ON samples (dataset_id, status, id);
    CREATE INDEX samples_by_hash ON samples (dataset_id, hash);

    CREATE TABLE balances (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
      teacher TEXT NOT NULL,
      options TEXT NOT NULL,              -- JSON
      beta REAL NOT NULL,                 -- Euclidean, on unit vectors
      images INTEGER NOT NULL, pairs INTEGER NOT NULL, groups INTEGER NOT NULL,
      removed INTEGER NOT NULL, kept INTEGER NOT NULL,
      finished_at TEXT NOT NULL
    );
    -- groups of two and more; an image without a neighbour within beta has no row here
    CREATE TABLE duplicate_groups (
      id INTEGER PRIMARY KEY,
      balance_id INTEGER NOT NULL REFERENCES balances(id) ON DELETE CASCADE,
      size INTEGER NOT NULL,
      mean_distance REAL NOT NULL         -- mean Euclidean distance of the members to the centroid
    );
    CREATE INDEX groups_by_size ON duplicate_groups (balance_id, size DESC);
    CREATE TABLE members (
      group_id INTEGER NOT NULL REFERENCES duplicate_groups(id) ON DELETE CASCADE,
      sample_id INTEGER NOT NULL REFERENCES samples(id) ON DELETE CASCADE,
      distance REAL NOT NULL,             -- Euclidean, to the group's centroid
      keep INTEGER NOT NULL,
      PRIMARY KEY (group_id, sample_id)
    ) WITHOUT ROWID;
    CREATE INDEX members_by_sample ON members (sample_id);

    CREATE TABLE clusterings (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
      teacher TEXT NOT NULL,
      balance_id INTEGER REFERENCES balances(id) ON DELETE SET NULL,   -- null: all images
      clusters INTEGER NOT NULL,
      options TEXT NOT NULL,              -- JSON
      inertia REAL NOT NULL,
      iterations INTEGER NOT NULL,
      finished_at TEXT NOT NULL
    );

    CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      dataset_id INTEGER REFERENCES datasets(id) ON DELETE SET NULL,
      student TEXT NOT NULL,
      config TEXT NOT NULL,               -- JSON: every option, default or not
      seed INTEGER NOT NULL,
      versions TEXT NOT NULL,             -- JSON
      device TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('running', 'stopped', 'done', 'failed')),
      step INTEGER NOT NULL DEFAULT 0,    -- last step with a checkpoint
      total_steps INTEGER NOT NULL,
      started_at TEXT NOT NULL,
      finished_at TEXT,
      error TEXT
    );
    CREATE TABLE metrics (
      run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      step INTEGER NOT NULL,              -- from 1
      value REAL NOT NULL,
      PRIMARY KEY (run_id, name, step)
    ) WITHOUT ROWID;

    CREATE TABLE evaluations (
      id INTEGER PRIMARY KEY,
      run_id TEXT REFERENCES runs(id) ON DELETE CASCADE,
      model TEXT NOT NULL,                -- what was evaluated: a run, a folder, a name
      task TEXT NOT NULL,
      data TEXT NOT NULL,
      results TEXT NOT NULL,              -- JSON
      finished_at TEXT NOT NULL
    );

    -- one row per process at work, so that a window opened later finds it
    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      pid INTEGER NOT NULL,
      command TEXT NOT NULL,              -- JSON array of arguments
      state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
      progress TEXT,                      -- JSON of the last Progress
      log TEXT,                           -- its output, a file under the workspace; null when a terminal has it
      started_at TEXT NOT NULL,
      heartbeat_at TEXT NOT NULL,
      finished_at TEXT,
      error TEXT
    );
  `);
}
