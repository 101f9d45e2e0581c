/** @file Workspaces of other versions, and what is no workspace. Run: vitest run test/engine/store/upgrade */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { migrations } from '../../../src/main/engine/store/migrations/index.ts';
import { isWorkspace, openWorkspace } from '../../../src/main/engine/store/workspace.ts';
import { temporaryFolder } from '../support/vectors.ts';

/** A workspace of an earlier version, with one dataset. */
function oldWorkspace(version: number): string {
  const dir = temporaryFolder();
  const old = new Database(path.join(dir, 'workspace.sqlite'));
  old.pragma('journal_mode = WAL');
  for (const up of migrations.slice(0, version)) up(old);
  old.pragma(`user_version = ${version}`);
  old.exec(`INSERT INTO datasets (name, source, format, imported_at) VALUES ('d', '/s', 'folder', '')`);
  old.close();
  return dir;
}

const look = <T>(file: string, ask: (db: Database.Database) => T): T => {
  const db = new Database(file, { readonly: true });
  try {
    return ask(db);
  } finally {
    db.close();
  }
};
const schemaOf = (db: Database.Database): unknown => db.pragma('user_version', { simple: true });
const backupsIn = (dir: string): string[] => readdirSync(dir).filter((name) => name.startsWith('backup-'));

test('a workspace of the first schema is brought up to date and keeps its rows', () => {
  const dir = oldWorkspace(1);
  for (const _ of [1, 2]) {
    const workspace = openWorkspace(dir);
    expect(workspace.sqlite.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(workspace.sqlite.prepare('SELECT name, options FROM datasets').all()).toEqual([
      { name: 'd', options: '{}' },
    ]);
    const plan = workspace.sqlite
      .prepare('EXPLAIN QUERY PLAN SELECT 1 FROM samples WHERE dataset_id = 1 AND path = ?')
      .get('x') as { detail: string };
    expect(plan.detail).toContain('samples_by_path');
    workspace.close();
  }
});

test.each(migrations.slice(1).map((_, index) => index + 1))(
  'schema %i is kept as it was beside the new one',
  (version) => {
    const dir = oldWorkspace(version);
    const tables = look(path.join(dir, 'workspace.sqlite'), tablesOf);
    openWorkspace(dir).close();
    openWorkspace(dir).close(); // nothing to change any more
    const backups = backupsIn(dir);
    expect(backups).toEqual([expect.stringMatching(new RegExp(`^backup-${version}-\\d{8}T\\d{6}Z\\.sqlite$`))]);
    look(path.join(dir, backups[0]!), (backup) => {
      expect(schemaOf(backup)).toBe(version);
      expect(tablesOf(backup)).toEqual(tables);
      expect(backup.prepare('SELECT name FROM datasets').pluck().all()).toEqual(['d']);
    });
  },
);

test('a new workspace has nothing to keep', () => {
  const dir = temporaryFolder();
  openWorkspace(dir).close();
  expect(backupsIn(dir)).toEqual([]);
});

test('a workspace that cannot be copied is left as it was', () => {
  const dir = oldWorkspace(1);
  vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z') });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  // a folder of that name stands in the way, whoever runs the test
  mkdirSync(path.join(dir, 'backup-1-20260102T030405Z.sqlite', 'full'), { recursive: true });
  expect(() => openWorkspace(dir)).toThrow(/older Distillery \(schema 1\).*could not be made/);
  expect(look(path.join(dir, 'workspace.sqlite'), schemaOf)).toBe(1);
  expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([]);
});

const tablesOf = (db: Database.Database): unknown[] =>
  db.prepare("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();

test('a workspace from the future is refused and left alone', () => {
  const dir = temporaryFolder();
  openWorkspace(dir).close();
  const future = new Database(path.join(dir, 'workspace.sqlite'));
  future.pragma('user_version = 999');
  future.close();
  expect(() => openWorkspace(dir)).toThrow(/schema 999.*Update Distillery/);
  expect(isWorkspace(dir)).toBe(true);
});

test('a migration that fails changes nothing and leaves no copies behind', () => {
  const dir = oldWorkspace(1);
  migrations.push((db) => {
    db.exec('CREATE TABLE half_way (id)');
    throw new Error('stopped half-way');
  });
  onTestFinished(() => {
    migrations.pop();
  });
  for (const _ of [1, 2]) expect(() => openWorkspace(dir)).toThrow(/cannot be opened: stopped half-way/);
  const file = path.join(dir, 'workspace.sqlite');
  expect(look(file, schemaOf)).toBe(1);
  expect(look(file, (db) => db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'half_way'").get())).toBeUndefined();
  expect(backupsIn(dir)).toEqual([]);
});

const store = path.resolve(import.meta.dirname, '../../../src/main/engine/store');
const opening = `import { openWorkspace } from '${store}/workspace.ts'; openWorkspace(process.argv[1]).close();`;
const dying = `import { migrations } from '${store}/migrations/index.ts'; migrations.push(() => process.kill(process.pid, 'SIGKILL')); `;
const argumentsFor = (program: string, dir: string): string[] => ['--input-type=module', '-e', program, dir];

test('a process that is killed while it migrates is made up for by the next', () => {
  const dir = oldWorkspace(2);
  expect(spawnSync(process.execPath, argumentsFor(dying + opening, dir)).signal).toBe('SIGKILL');
  expect(look(path.join(dir, 'workspace.sqlite'), schemaOf)).toBe(2);
  openWorkspace(dir).close();
  expect(look(path.join(dir, 'workspace.sqlite'), schemaOf)).toBe(migrations.length);
});

test('several processes that open an old workspace at once', async () => {
  const dir = oldWorkspace(2);
  const children = [1, 2, 3].map(() => spawn(process.execPath, argumentsFor(opening, dir), { stdio: 'ignore' }));
  const exits = await Promise.all(children.map(async (child) => (await once(child, 'exit')) as unknown[]));
  expect(exits).toEqual([
    [0, null],
    [0, null],
    [0, null],
  ]);
  expect(look(path.join(dir, 'workspace.sqlite'), schemaOf)).toBe(migrations.length);
  const backups = backupsIn(dir);
  expect(backups.length).toBeGreaterThan(0);
  for (const backup of backups) expect(look(path.join(dir, backup), schemaOf)).toBe(2);
});

test('half a copy that a killed process left is deleted, one in the making stays', () => {
  const dir = oldWorkspace(1);
  const [left, fresh] = ['backup-1-20250101T000000Z.sqlite.7.partial', 'backup-1-20250102T000000Z.sqlite.8.partial'];
  for (const name of [left, fresh]) writeFileSync(path.join(dir, name), '');
  utimesSync(path.join(dir, left), new Date(0), new Date(0));
  openWorkspace(dir).close();
  expect(backupsIn(dir)).not.toContain(left);
  expect(backupsIn(dir)).toContain(fresh);
});

test('what is no workspace is named with what to do', () => {
  const dir = temporaryFolder();
  const file = path.join(dir, 'workspace.sqlite');
  writeFileSync(file, 'no database '.repeat(100));
  expect(() => openWorkspace(dir)).toThrow(/cannot be opened: file is not a database. It is damaged or no workspace/);
  const other = temporaryFolder();
  const foreign = new Database(path.join(other, 'workspace.sqlite'));
  foreign.exec('CREATE TABLE samples (x)');
  foreign.close();
  expect(() => openWorkspace(other)).toThrow(/cannot be opened: table samples already exists. Is workspace.sqlite of/);
  const third = temporaryFolder();
  mkdirSync(path.join(third, 'workspace.sqlite'));
  expect(() => openWorkspace(third)).toThrow(/cannot be opened.*choose another folder/);
});
