/**
 * @file Words of captions, found fast: an FTS5 index over `samples.caption`. It is made at the first search and not at the
 * import, so that importing costs the same with it; it covers the samples up to an id, and triggers keep it true for these.
 */

import { checkpoint, type StageContext } from '../progress.ts';
import type { Workspace } from './workspace.ts';

/** Samples of one transaction: other writers wait a part of a second at most. */
const batchSamples = 20_000;

const tables = `
  CREATE VIRTUAL TABLE IF NOT EXISTS captions USING fts5(
    caption, content = 'samples', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
  );
  -- one row: samples up to this id are indexed
  CREATE TABLE IF NOT EXISTS captions_until (id INTEGER NOT NULL);
  INSERT INTO captions_until SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM captions_until);
  -- an id is given again where the last sample was deleted
  CREATE TRIGGER IF NOT EXISTS captions_insert AFTER INSERT ON samples
    WHEN new.id <= (SELECT id FROM captions_until) BEGIN
      INSERT INTO captions (rowid, caption) VALUES (new.id, new.caption);
    END;
  CREATE TRIGGER IF NOT EXISTS captions_delete AFTER DELETE ON samples
    WHEN old.id <= (SELECT id FROM captions_until) BEGIN
      INSERT INTO captions (captions, rowid, caption) VALUES ('delete', old.id, old.caption);
    END;
  CREATE TRIGGER IF NOT EXISTS captions_update AFTER UPDATE OF caption ON samples
    WHEN old.id <= (SELECT id FROM captions_until) BEGIN
      INSERT INTO captions (captions, rowid, caption) VALUES ('delete', old.id, old.caption);
      INSERT INTO captions (rowid, caption) VALUES (new.id, new.caption);
    END;`;

/** Brings the index up to the last sample; stopped at any moment, it goes on there. */
export async function indexCaptions({ sqlite }: Workspace, context: StageContext): Promise<void> {
  const isThere = sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'captions_update'").get() !== undefined;
  if (!isThere) sqlite.transaction(() => sqlite.exec(tables)).immediate();
  const until = sqlite.prepare<[], number>('SELECT id FROM captions_until').pluck();
  const end = sqlite
    .prepare<[number, number], number | null>(
      'SELECT max(id) FROM (SELECT id FROM samples WHERE id > ? ORDER BY id LIMIT ?)',
    )
    .pluck();
  const add = sqlite.prepare(
    'INSERT INTO captions (rowid, caption) SELECT id, caption FROM samples WHERE id > ? AND id <= ?',
  );
  const move = sqlite.prepare('UPDATE captions_until SET id = ?');
  const total = sqlite.prepare<[], number>('SELECT coalesce(max(id), 0) FROM samples').pluck().get()!;
  /** @returns the last id that is indexed now, null when there was nothing to do */
  const step = sqlite.transaction(() => {
    const from = until.get()!;
    const to = end.get(from, batchSamples) ?? null;
    if (to === null) return null;
    add.run(from, to);
    move.run(to);
    return to;
  });
  if (end.get(until.get()!, 1) === null) return;
  for (let done = step.immediate(); done !== null; done = step.immediate()) {
    context.onProgress({ stage: 'index', done: Math.min(done, total), total, unit: 'captions' });
    await checkpoint(context);
  }
}

export interface CaptionSearch {
  /** For `captions MATCH`; null where there is no word to look up. */
  match: string | null;
  /** What has to stand in the caption letter by letter: signs, and scripts without spaces between words. */
  parts: string[];
}

const mostWords = 64;
const longestWord = 200;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** What a person typed, as words that all must be there, in any order; the last one may go on. Nothing in it is an operator. */
export function captionSearch(text: string): CaptionSearch {
  const words = text
    .split(/[\s\0]+/u)
    .filter((word) => word !== '')
    .slice(0, mostWords)
    .map((word) => word.slice(0, longestWord));
  const isIndexed = (word: string): boolean => /[\p{L}\p{N}]/u.test(word) && !unspaced.test(word);
  const match = words
    .filter(isIndexed)
    .map((word) => `"${word.replaceAll('"', '""')}"${word === words.at(-1) ? '*' : ''}`)
    .join(' ');
  return { match: match === '' ? null : match, parts: words.filter((word) => !isIndexed(word)) };
}
