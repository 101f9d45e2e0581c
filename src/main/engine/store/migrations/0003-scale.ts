/**
 * @file Curation at scale: pictures inside archives, what was measured of them, groups with their diameter and weakest
 * link, images removed for other reasons than a group, and what people decided.
 */

import type Database from 'better-sqlite3';

export function up(db: Database.Database): void {
  db.exec(`
    -- a picture inside another file: where its bytes lie; null for a file of its own.
    -- a file that is not absolute lies in the workspace
    ALTER TABLE samples ADD COLUMN offset INTEGER;
    ALTER TABLE samples ADD COLUMN length INTEGER;       -- bytes there
    ALTER TABLE samples ADD COLUMN encoding TEXT;        -- 'deflate' for a compressed member of a zip
    ALTER TABLE samples ADD COLUMN parts TEXT;           -- JSON: all members of a WebDataset sample, [ending, offset, length]
    ALTER TABLE samples ADD COLUMN uid TEXT;             -- 32 hexadecimal digits, as DataComp names a pair
    ALTER TABLE samples ADD COLUMN modified INTEGER;     -- of the file or member, milliseconds since 1970
    -- measured at import on a small copy, see quality/measure.ts
    ALTER TABLE samples ADD COLUMN brightness REAL;      -- mean, 0 to 1
    ALTER TABLE samples ADD COLUMN contrast REAL;        -- standard deviation, 0 to 0.5
    ALTER TABLE samples ADD COLUMN sharpness REAL;       -- variance of the Laplacian
    ALTER TABLE samples ADD COLUMN agreement REAL;       -- cosine of picture and caption under the latest teacher

    ALTER TABLE duplicate_groups ADD COLUMN diameter REAL;           -- largest Euclidean distance of two members
    ALTER TABLE duplicate_groups ADD COLUMN diameter_exact INTEGER;  -- 0: the diameter is an upper bound
    ALTER TABLE duplicate_groups ADD COLUMN weakest REAL;            -- longest edge of the minimum spanning tree

    -- images that a balance removed for another reason than a nearer member of their group
    CREATE TABLE removals (
      balance_id INTEGER NOT NULL REFERENCES balances(id) ON DELETE CASCADE,
      sample_id INTEGER NOT NULL REFERENCES samples(id) ON DELETE CASCADE,
      reason TEXT NOT NULL CHECK (reason IN ('leak', 'decision', 'quality', 'earlier')), -- earlier: by the balance before
      other_id INTEGER REFERENCES samples(id) ON DELETE SET NULL,    -- of a leak: the nearest image of the other dataset
      distance REAL,                                                 -- Euclidean, to it
      PRIMARY KEY (balance_id, sample_id)
    ) WITHOUT ROWID;
    -- the samples that a balance looked at, as runs of ids
    CREATE TABLE balance_samples (
      balance_id INTEGER NOT NULL REFERENCES balances(id) ON DELETE CASCADE,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL,
      PRIMARY KEY (balance_id, first)
    ) WITHOUT ROWID;
    -- 0: kept in any case; from 1: the order in which the keep rule takes the members of a group; null: removed in any case
    ALTER TABLE members ADD COLUMN rank INTEGER;
    -- leaks that a balance was asked to list and not to remove; columns as above
    CREATE TABLE listed_leaks (
      balance_id INTEGER NOT NULL REFERENCES balances(id) ON DELETE CASCADE,
      sample_id INTEGER NOT NULL REFERENCES samples(id) ON DELETE CASCADE,
      other_id INTEGER REFERENCES samples(id) ON DELETE SET NULL,
      distance REAL NOT NULL,
      PRIMARY KEY (balance_id, sample_id)
    ) WITHOUT ROWID;
    -- images that a balance would remove at each beta, for a chart
    CREATE TABLE removal_curve (
      balance_id INTEGER NOT NULL REFERENCES balances(id) ON DELETE CASCADE,
      beta REAL NOT NULL,
      removed INTEGER NOT NULL,
      PRIMARY KEY (balance_id, beta)
    ) WITHOUT ROWID;

    -- what people said of images; it stands in every later balance
    CREATE TABLE decisions (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('keep', 'remove', 'not-duplicates')),
      annotator TEXT NOT NULL,
      decided_at TEXT NOT NULL,
      undone_at TEXT
    );
    CREATE INDEX decisions_by_dataset ON decisions (dataset_id, id);
    CREATE TABLE decision_samples (
      decision_id INTEGER NOT NULL REFERENCES decisions(id) ON DELETE CASCADE,
      sample_id INTEGER NOT NULL REFERENCES samples(id) ON DELETE CASCADE,
      PRIMARY KEY (decision_id, sample_id)
    ) WITHOUT ROWID;
    CREATE INDEX decisions_by_sample ON decision_samples (sample_id);

    ALTER TABLE clusterings ADD COLUMN quality TEXT;     -- JSON: similarity to the centres, Gini of the sizes
  `);
}
