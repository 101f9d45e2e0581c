/**
 * @file The two schemes of the window: `app://` serves the built renderer with its content policy,
 * `image://WORKSPACE/SAMPLE?size=PIXELS` serves pictures of registered samples of open workspaces, and nothing else.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { protocol } from 'electron';
import { parsePictureUrl, type PictureRequest } from './pictureUrl.ts';

const page = 'app://distillery';
export const pageUrl = `${page}/index.html`;

/** Nothing from outside, no inline code, no eval. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' image:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Before the application is ready. */
export function registerSchemes(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    { scheme: 'image', privileges: { standard: true, secure: true } },
  ]);
}

/** @param pictureFile file to show for a request, or undefined when there is none to be shown. */
export function serveSchemes(
  rendererDir: string,
  pictureFile: (request: PictureRequest) => Promise<string | undefined>,
): void {
  protocol.handle('app', async ({ method, url }) => {
    const { host, pathname } = new URL(url);
    const file = path.join(rendererDir, decodeURIComponent(pathname));
    const type = contentTypes[path.extname(file)];
    if (method !== 'GET' || host !== 'distillery' || !file.startsWith(rendererDir + path.sep) || !type)
      return refuse(404);
    return serve(file, { 'content-type': type, 'content-security-policy': contentPolicy });
  });
  protocol.handle('image', async ({ method, url }) => {
    const request = method === 'GET' ? parsePictureUrl(url) : undefined;
    if (!request) return refuse(400);
    const file = await pictureFile(request);
    // samples keep their pixels, so a picture may be kept by the window for its life
    return file === undefined
      ? refuse(404)
      : serve(file, { 'content-type': 'image/webp', 'cache-control': 'max-age=86400' });
  });
}

/** True for the page that this application serves (or its development server). */
export function isOwnPage(url: string): boolean {
  const development = process.env['ELECTRON_RENDERER_URL'];
  return url.startsWith(`${page}/`) || (development !== undefined && url.startsWith(`${new URL(development).origin}/`));
}

async function serve(file: string, headers: Record<string, string>): Promise<Response> {
  try {
    return new Response(await readFile(file), { headers: { ...headers, 'x-content-type-options': 'nosniff' } });
  } catch {
    return refuse(404);
  }
}

const refuse = (status: number): Response => new Response(null, { status });
