/**
 * @file The two schemes of the window: `app://` serves the built renderer with its content policy,
 * `image://` serves pictures of registered samples of open workspaces those that evaluations kept and those of a look before an import, and nothing else.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { protocol } from 'electron';
import {
  parseEvaluationUrl,
  parsePictureUrl,
  parsePreviewUrl,
  type EvaluationPictureRequest,
  type PictureRequest,
  type PreviewRequest,
} from './pictureUrl.ts';

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
    // with compiled code kept from one start to the next
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    { scheme: 'image', privileges: { standard: true, secure: true } },
  ]);
}

export interface Pictures {
  /** File to show, or undefined when there is none to be shown. */
  file: (request: PictureRequest) => Promise<string | undefined>;
  /** File of a picture that an evaluation kept. */
  evaluation: (request: EvaluationPictureRequest) => Promise<string | undefined>;
  /** Webp of a look before an import. */
  preview: (request: PreviewRequest) => Promise<Buffer | undefined>;
}

export function serveSchemes(rendererDir: string, pictures: Pictures): void {
  protocol.handle('app', async ({ method, url }) => {
    const { host, pathname } = new URL(url);
    const file = path.join(rendererDir, decodeURIComponent(pathname));
    const type = contentTypes[path.extname(file)];
    if (method !== 'GET' || host !== 'distillery' || !file.startsWith(rendererDir + path.sep) || !type)
      return refuse(404);
    return serve(file, { 'content-type': type, 'content-security-policy': contentPolicy });
  });
  protocol.handle('image', async ({ method, url }) => {
    if (method !== 'GET') return refuse(400);
    const preview = parsePreviewUrl(url);
    if (preview) return picture(await pictures.preview(preview));
    const evaluation = parseEvaluationUrl(url);
    if (evaluation) {
      const kept = await pictures.evaluation(evaluation);
      return kept === undefined ? refuse(404) : serve(kept, { 'content-type': 'image/webp' });
    }
    const request = parsePictureUrl(url);
    if (!request) return refuse(400);
    const file = await pictures.file(request);
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

function picture(bytes: Buffer | undefined): Response {
  if (!bytes) return refuse(404);
  return new Response(new Uint8Array(bytes), {
    headers: { 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' },
  });
}

const refuse = (status: number): Response => new Response(null, { status });
