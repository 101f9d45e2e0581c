/** @file vitest run test/app: the parts of main that need no Electron. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspaces } from '../../src/main/ipc/workspaces.ts';
import { parsePictureUrl } from '../../src/main/pictureUrl.ts';
import { openSettings } from '../../src/main/settings.ts';

const id = '0123456789abcdef';

describe('addresses of pictures', () => {
  test('name a workspace, a sample and a size', () => {
    expect(parsePictureUrl(`image://${id}/42?size=256`)).toEqual({ workspace: id, sample: 42, size: 256 });
  });

  test.each([
    `image://${id}/0?size=256`,
    `image://${id}/-1?size=256`,
    `image://${id}/1e3?size=256`,
    `image://${id}/42`,
    `image://${id}/42?size=255`,
    `image://${id}/42?size=256&file=/etc/passwd`,
    `image://${id}/42/../43?size=256`,
    `image://${id}/..%2f42?size=256`,
    `image://${id}//etc/passwd?size=256`,
    `image://${id.toUpperCase()}/42?size=256`,
    `image://${id}0/42?size=256`,
    `image:///etc/passwd?size=256`,
    `file://${id}/42?size=256`,
    ` image://${id}/42?size=256\n`,
  ])('are not %j', (url) => {
    expect(parsePictureUrl(url)).toBeUndefined();
  });
});

describe('open workspaces', () => {
  const info = (n: number) => ({ id: String(n).repeat(16), name: `w${n}`, dir: `/w${n}` });

  test('are those that windows show', () => {
    const workspaces = openWorkspaces();
    expect(() => workspaces.get(info(1).id)).toThrow('not open');
    workspaces.open(7, info(1));
    expect(workspaces.get(info(1).id)).toEqual(info(1));
    workspaces.open(7, info(2));
    expect(() => workspaces.get(info(1).id)).toThrow('not open');
    expect(workspaces.of(7)).toEqual(info(2));
  });

  test('are closed when the last window leaves', () => {
    const workspaces = openWorkspaces();
    workspaces.open(7, info(1));
    workspaces.open(8, info(1));
    expect(workspaces.windowsOf(info(1).id)).toEqual([7, 8]);
    expect(workspaces.close(7)).toBeUndefined();
    expect(workspaces.close(8)).toEqual(info(1));
    expect(workspaces.close(8)).toBeUndefined();
  });
});

describe('settings', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'distillery-settings-'));
    file = path.join(dir, 'settings.json');
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  test('are remembered, the last workspace first and once', () => {
    const settings = openSettings(file);
    settings.setTheme('dark');
    for (const name of ['/a', '/b', '/a']) settings.remember(name);
    const again = openSettings(file);
    expect(again.theme()).toBe('dark');
    expect(again.recent().map((entry) => entry.dir)).toEqual(['/a', '/b']);
    again.forget('/a');
    expect(
      openSettings(file)
        .recent()
        .map((entry) => entry.dir),
    ).toEqual(['/b']);
  });

  test('keep a dozen workspaces', () => {
    const settings = openSettings(file);
    for (let n = 0; n < 20; n++) settings.remember(`/w${n}`);
    expect(settings.recent()).toHaveLength(12);
    expect(settings.recent()[0]?.dir).toBe('/w19');
  });

  test.each(['', '{', '{"theme":"pink","recent":"none"}', '[]'])('start afresh from a damaged file: %j', (text) => {
    writeFileSync(file, text);
    const settings = openSettings(file);
    expect([settings.theme(), settings.recent()]).toEqual(['system', []]);
  });
});
