/** @file npm test -- --e2e security: what the page may not do, what image:// does not serve, and whether everybody can use it. */

import { createHash } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bridge } from '../../src/preload/contract.ts';
import { startApplication, statusOf, violations, type Application } from './application.ts';
import { seedWorkspace } from './seed.ts';

let window: Application;
let dir: string;
let id: string;

beforeAll(async () => {
  dir = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'distillery-seeded-'))), 'shapes');
  await seedWorkspace(dir);
  id = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  window = await startApplication(dir);
  await window.page.getByRole('list', { name: 'Duplicate groups' }).waitFor();
});
afterAll(async () => {
  await window.close();
  rmSync(path.dirname(dir), { recursive: true, force: true });
});

describe('image://', () => {
  test('serves a registered sample, encoded anew', async () => {
    expect(await statusOf(window, `image://${id}/1?size=256`)).toBe(200);
    const type = await window.app.evaluate(
      async ({ net }, url) => (await net.fetch(url)).headers.get('content-type'),
      `image://${id}/1?size=256`,
    );
    expect(type).toBe('image/webp');
  });

  test.each([
    ['an unknown sample', (host: string) => `image://${host}/999?size=256`],
    ['a workspace that is not open', () => 'image://0123456789abcdef/1?size=256'],
    ['an unknown size', (host: string) => `image://${host}/1?size=257`],
    ['no size', (host: string) => `image://${host}/1`],
    ['a way out', (host: string) => `image://${host}/../../../../etc/passwd?size=256`],
    ['an encoded way out', (host: string) => `image://${host}/%2e%2e%2f%2e%2e%2fetc%2fpasswd?size=256`],
    ['an absolute path', (host: string) => `image://${host}//etc/passwd?size=256`],
    ['a path as workspace', () => 'image://etc/passwd?size=256'],
  ])('refuses %s', async (_, url) => {
    expect(await statusOf(window, url(id))).toBeGreaterThanOrEqual(400);
  });

  test('refuses files that are not registered pictures, also behind a link', async () => {
    const secret = path.join(path.dirname(dir), 'secret.txt');
    const link = path.join(path.dirname(dir), 'link.jpg');
    writeFileSync(secret, 'the secret');
    symlinkSync(secret, link);
    const database = new Database(path.join(dir, 'workspace.sqlite'));
    const insert = database.prepare(
      "INSERT INTO samples (dataset_id, position, path, file, caption, status) VALUES (1, ?, 'x', ?, '', ?)",
    );
    const skipped = insert.run(1001, path.join(`${dir}-pictures`, 'picture-00.jpg'), 'skipped').lastInsertRowid;
    const linked = insert.run(1002, link, 'ok').lastInsertRowid;
    database.close();
    expect(await statusOf(window, `image://${id}/${skipped}?size=256`)).toBe(404);
    expect(await statusOf(window, `image://${id}/${linked}?size=256`)).toBe(404);
  });
});

describe('app://', () => {
  test.each(['/../../package.json', '/%2e%2e/main/index.js', '/../main/index.js', '/assets', '/missing.js'])(
    'does not serve %s',
    async (file) => {
      expect(await statusOf(window, `app://distillery${file}`)).toBe(404);
    },
  );

  test('serves the page with its policy', async () => {
    const policy = await window.app.evaluate(async ({ net }) =>
      (await net.fetch('app://distillery/index.html')).headers.get('content-security-policy'),
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });
});

describe('the page', () => {
  test('has no node, and only the bridge', async () => {
    const found = await window.page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
      bridge: Object.keys((globalThis as unknown as { distillery: object }).distillery).sort(),
    }));
    expect(found).toEqual({ node: [], bridge: ['on', 'pathOf', 'request'] });
  });

  test('runs no inline code and loads nothing from outside', async () => {
    const blocked = await window.page.evaluate(async () => {
      const directives = new Set<string>();
      document.addEventListener('securitypolicyviolation', (event) => directives.add(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'globalThis.intruder = true';
      document.body.append(script);
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.body.append(style);
      new Image().src = 'https://example.com/pixel.png';
      await fetch('https://example.com/').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      style.remove();
      script.remove();
      return { directives: [...directives].sort(), ran: 'intruder' in globalThis };
    });
    expect(blocked).toEqual({
      directives: ['connect-src', 'img-src', 'script-src-elem', 'style-src-elem'],
      ran: false,
    });
  });

  test('is answered only by the contract', async () => {
    const ask = (
      channel: string,
      params: unknown,
    ): Promise<{ ok: boolean; error?: { name: string; message: string } }> =>
      window.page.evaluate(
        ([name, value]) =>
          (globalThis as unknown as { distillery: Bridge }).distillery.request(
            name as 'jobs.list',
            value as { workspace: string },
          ),
        [channel, params] as const,
      );
    expect(await ask('no.such', {})).toMatchObject({ ok: false, error: { message: 'There is no request no.such.' } });
    expect(await ask('constructor', {})).toMatchObject({ ok: false });
    expect(await ask('service.picture', { dir: '/', sample: 1, size: 256 })).toMatchObject({ ok: false });
    expect(await ask('jobs.list', { workspace: '/etc' })).toMatchObject({
      ok: false,
      error: { name: 'InvalidRequest' },
    });
    expect(await ask('jobs.list', { workspace: '0123456789abcdef' })).toMatchObject({
      ok: false,
      error: { message: 'This workspace is not open.' },
    });
    expect(await ask('jobs.list', { workspace: id })).toMatchObject({ ok: true });
  });
});

describe('everybody', () => {
  test.each(['light', 'dark'] as const)('can use the window in %s', async (theme) => {
    const { page } = window;
    await page.getByRole('button', { name: theme === 'light' ? 'Light theme' : 'Dark theme' }).click();
    await expect
      .poll(() => page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches))
      .toBe(theme === 'dark');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Control+Shift+w');
    await page.getByRole('button', { name: 'New workspace' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: /^shapes/ }).click();
    await page.getByRole('list', { name: 'Duplicate groups' }).waitFor();
  });

  test('reaches every control by keyboard, and learns the keys', async () => {
    const { page } = window;
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page
      .getByRole('dialog')
      .waitFor({ state: 'detached' })
      .catch(() => undefined);
    const reachable = new Set<string>();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      reachable.add(
        await page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
        ),
      );
    }
    for (const name of ['Close the workspace', 'Dark theme', 'Smoothing', 'Log scale', 'Duplicate groups']) {
      expect([...reachable]).toContain(name);
    }
  });
});

// the last test: the driver waits for ever for a navigation that was denied
test('the page goes nowhere, opens no window, gets no permission', async () => {
  const { app, page } = window;
  expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied');
  expect(await page.evaluate(() => globalThis.open('https://example.com/') === null)).toBe(true);
  await page.evaluate(() => {
    location.href = 'https://example.com/';
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const urls = await app.evaluate(({ webContents }) =>
    webContents.getAllWebContents().map((contents) => contents.getURL()),
  );
  expect(urls).toEqual(['app://distillery/index.html']);
});
