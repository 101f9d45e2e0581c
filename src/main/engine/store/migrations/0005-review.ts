/**
 * @file The annotator's workplace: decisions with sides, what they changed, undo and redo as rows, the links that hold a
 * group together, and indexes to sort groups by.
 */

import type Database from 'better-sqlite3';

export function up(db: Database.Database): void {
  db.exec(`
    -- new tables, since a check cannot be changed; the samples first, or dropping decisions would delete them
    CREATE TABLE new_decisions (
      id INTEGER PRIMARY KEY,
      dataset_id INTEGER NOT NULL REFERENCES datasets(id) ON DELETE CASCADE,
      kind TEXT NOT NULL CHECK (kind IN ('keep', 'keep-only', 'remove', 'not-duplicates', 'split', 'defer')),
      annotator TEXT NOT NULL,
      decided_at TEXT NOT NULL,
      undone_at TEXT,
      settles INTEGER NOT NULL DEFAULT 0,    -- 1: ends a disagreement of two annotators, and is the opinion of neither
      rule TEXT                              -- JSON: of a bulk decision, the rule and its limits
    );
    INSERT INTO new_decisions (id, dataset_id, kind, annotator, decided_at, undone_at)
      SELECT id, dataset_id, kind, annotator, decided_at, undone_at FROM decisions;
    CREATE TABLE new_decision_samples (
      decision_id INTEGER NOT NULL REFERENCES new_decisions(id) ON DELETE CASCADE,
      sample_id INTEGER NOT NULL REFERENCES samples(id) ON DELETE CASCADE,
      side INTEGER NOT NULL DEFAULT 0,       -- 'keep-only': 0 stays; 'split': samples of different sides share no group
      PRIMARY KEY (decision_id, sample_id)
    ) WITHOUT ROWID;
    INSERT INTO new_decision_samples (decision_id, sample_id) SELECT decision_id, sample_id FROM decision_samples;
    DROP TABLE decision_samples;
    DROP TABLE decisions;
    ALTER TABLE new_decisions RENAME TO decisions;
    ALTER TABLE new_decision_samples RENAME TO decision_samples;
    CREATE INDEX decisions_by_dataset ON decisions (dataset_id, id);
    CREATE INDEX decisions_by_sample ON decision_samples (sample_id);

    -- each making, taking back and restoring of a decision, in its order
    CREATE TABLE decision_events (
      id INTEGER PRIMARY KEY,
      decision_id INTEGER NOT NULL REFERENCES decisions(id) ON DELETE CASCADE,
      action TEXT NOT NULL CHECK (action IN ('decide', 'undo', 'redo')),
      annotator TEXT NOT NULL,
      at TEXT NOT NULL,
      before TEXT,                           -- JSON: samples of the groups it was about that the latest balance kept before it
      after TEXT                             -- JSON: those that it kept then; both null where it waits for a new balance
    );
    CREATE INDEX decision_events_by_decision ON decision_events (decision_id, id);
    INSERT INTO decision_events (decision_id, action, annotator, at)
      SELECT id, 'decide', annotator, decided_at FROM decisions ORDER BY decided_at, id;
    INSERT INTO decision_events (decision_id, action, annotator, at)
      SELECT id, 'undo', annotator, undone_at FROM decisions WHERE undone_at IS NOT NULL ORDER BY undone_at, id;

    -- edges of the minimum spanning tree of each group; balances of older versions have none
    CREATE TABLE links (
      group_id INTEGER NOT NULL REFERENCES duplicate_groups(id) ON DELETE CASCADE,
      distance REAL NOT NULL,                -- Euclidean
      first_id INTEGER NOT NULL,             -- samples
      second_id INTEGER NOT NULL,
      PRIMARY KEY (group_id, distance, first_id, second_id)
    ) WITHOUT ROWID;

    -- 0: nobody said anything; 1: only put off; 2: decided. See decisions/reviewState.ts
    ALTER TABLE duplicate_groups ADD COLUMN review INTEGER NOT NULL DEFAULT 0;
    UPDATE duplicate_groups SET review = 2 WHERE id IN (
      SELECT m.group_id FROM decisions d JOIN decision_samples s ON s.decision_id = d.id
      JOIN members m ON m.sample_id = s.sample_id WHERE d.undone_at IS NULL);
    -- with the size, which the list is filtered by; the expressions are those of service/groups.ts
    CREATE INDEX groups_by_diameter ON duplicate_groups (balance_id, coalesce(diameter, -1) DESC, id, size);
    CREATE INDEX groups_by_weakest ON duplicate_groups (balance_id, coalesce(weakest, -1) DESC, id, size);
    CREATE INDEX groups_by_mean ON duplicate_groups (balance_id, mean_distance DESC, id, size);
    CREATE INDEX groups_by_review ON duplicate_groups (balance_id, size - 10000000000 * review DESC, id, size);
  `);
}
