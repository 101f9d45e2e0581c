/**
 * @file A hub for tests, on this machine: the same addresses, answers and redirects as huggingface.co, for one repository.
 * Large files are served by a second server, as the hub's storage is, which must never see a token.
 */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HubFaults {
  /** Without this token: 401. */
  token?: string;
  /** The connection is cut after these many bytes of a large file, as often as there are entries, once some of them arrived. */
  cuts?: number[];
  /** Bytes of large files that the client has on its disk. */
  arrived?: () => number;
  /** What storage sends in the place of a large file. */
  instead?: Buffer;
  /** Storage sends all whatever range is asked for. */
  noRanges?: boolean;
  /** Storage sends slowly, so that a test can cancel. */
  slow?: boolean;
  /** In the listing beside the files. */
  listed?: object[];
  /** Sizes and checksums in the listing that are not true. */
  claims?: Record<string, { size?: number; oid?: string }>;
  /** The second page of the listing is said to be at storage. */
  strayPage?: boolean;
  /** Answer to every question, and its reason. */
  status?: number;
  said?: string;
}

export interface TestHub {
  endpoint: string;
  commit: string;
  /** `METHOD PATH [range]`; those to storage begin with `storage`. */
  requests: string[];
  /** Authorization headers that storage saw. */
  leaked: string[];
  faults: HubFaults;
}

export const repo = 'lab/CLIP-tiny';
const commit = 'a'.repeat(40);
/** Above this a file is kept in LFS. */
const largeBytes = 4096;

const sha = (kind: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): string => {
  const hash = createHash(kind);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

type AtEnd = (close: () => void) => void;

/** Serves files of {@link repo} until the test ends, or all of them: `afterAll`. */
export async function startHub(
  files: Record<string, Buffer>,
  faults: HubFaults = {},
  atEnd: AtEnd = onTestFinished,
): Promise<TestHub> {
  const hub: TestHub = { endpoint: '', commit, requests: [], leaked: [], faults };
  const storage = await listen((request, response) => {
    hub.requests.push(`storage ${describe(request)}`);
    if (request.headers.authorization !== undefined) hub.leaked.push(request.headers.authorization);
    const name = decodeURIComponent(request.url!.slice(1));
    if (name === 'page') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
      return;
    }
    sendFile(request, response, hub.faults.instead ?? files[name]!, hub.faults);
  }, atEnd);
  hub.endpoint = await listen((request, response) => {
    hub.requests.push(describe(request));
    answer(request, response, files, hub, storage);
  }, atEnd);
  return hub;
}

const describe = ({ method, url, headers }: IncomingMessage): string =>
  [method, url!.split('?')[0], headers.range].filter((part) => part !== undefined).join(' ');

async function listen(handler: RequestListener, atEnd: AtEnd): Promise<string> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: Record<string, Buffer>,
  { faults }: TestHub,
  storage: string,
): void {
  const { pathname } = new URL(request.url!, 'http://hub');
  const json = (status: number, value: object, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(value));
  };
  if (faults.status !== undefined) {
    json(faults.status, { error: faults.said ?? 'Internal Error' });
    return;
  }
  if (faults.token !== undefined && request.headers.authorization !== `Bearer ${faults.token}`) {
    json(401, { error: `Access to model ${repo} is restricted.` }, { 'x-error-code': 'GatedRepo' });
    return;
  }
  const revision = /^\/api\/models\/(.+)\/revision\/([^/]+)$/.exec(pathname);
  if (revision) {
    if (revision[1] !== repo) json(404, { error: 'Repository not found' }, { 'x-error-code': 'RepoNotFound' });
    else if (!['main', 'v1', commit].includes(decodeURIComponent(revision[2]!))) {
      json(404, { error: 'Invalid rev id' }, { 'x-error-code': 'RevisionNotFound' });
    } else
      json(200, {
        _id: '1',
        id: repo,
        sha: commit,
        private: false,
        downloads: 1,
        gated: false,
        likes: 0,
        lastModified: '2024-01-01T00:00:00.000Z',
      });
    return;
  }
  if (pathname === `/api/models/${repo}/tree/${commit}`) {
    // in two pages, as the hub does with many
    const all = [
      ...Object.entries(files).map(([name, bytes]) => entryOf(name, bytes, faults)),
      ...(faults.listed ?? []),
    ];
    const second = new URL(request.url!, 'http://hub').searchParams.has('cursor');
    const next = faults.strayPage ? `${storage}/page` : `http://${request.headers.host!}${pathname}?cursor=2`;
    const link = { link: `<${next}>; rel="next"` };
    json(200, second ? all.slice(2) : all.slice(0, 2), second ? {} : link);
    return;
  }
  const name = pathname.startsWith(`/${repo}/resolve/${commit}/`)
    ? decodeURIComponent(pathname.split('/').at(-1)!)
    : '';
  const bytes = files[name];
  if (!bytes) {
    json(404, { error: 'Entry not found' }, { 'x-error-code': 'EntryNotFound' });
    return;
  }
  if (bytes.length <= largeBytes) sendFile(request, response, bytes, {});
  else sendLarge(request, response, name, bytes, storage);
}

function entryOf(name: string, bytes: Buffer, { claims = {} }: HubFaults): object {
  const size = claims[name]?.size ?? bytes.length;
  const large = bytes.length > largeBytes;
  const oid = claims[name]?.oid;
  return {
    type: 'file',
    path: name,
    size,
    oid: (large ? undefined : oid) ?? sha('sha1', `blob ${bytes.length}\0`, bytes),
    ...(large ? { lfs: { oid: oid ?? sha('sha256', bytes), size, pointerSize: 134 }, xetHash: 'b'.repeat(64) } : {}),
  };
}

/** To clients of the newer protocol it tells of that, to others it redirects. */
function sendLarge(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  bytes: Buffer,
  storage: string,
): void {
  const host = `http://${request.headers.host!}`;
  const linked = { 'x-linked-size': String(bytes.length), 'x-linked-etag': `"${sha('sha256', bytes)}"` };
  if (request.headers.accept?.includes('application/vnd.xet-fileinfo+json')) {
    response.writeHead(200, {
      ...linked,
      'content-type': 'application/vnd.xet-fileinfo+json',
      'x-xet-hash': 'b'.repeat(64),
      link: `<${host}/api/token>; rel="xet-auth", <${host}/reconstruction>; rel="xet-reconstruction-info"`,
    });
    response.end('{}');
    return;
  }
  response.writeHead(302, { ...linked, location: `${storage}/${name}` });
  response.end();
}

function sendFile(request: IncomingMessage, response: ServerResponse, bytes: Buffer, faults: HubFaults): void {
  const asked = faults.noRanges ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const from = asked ? Number(asked[1]) : 0;
  const to = asked?.[2] ? Math.min(Number(asked[2]), bytes.length - 1) : bytes.length - 1;
  const part = bytes.subarray(from, to + 1);
  response.writeHead(asked ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': part.length,
    etag: `"${sha('sha1', bytes)}"`,
    ...(asked ? { 'content-range': `bytes ${from}-${to}/${bytes.length}` } : {}),
  });
  const cut = faults.cuts?.shift();
  if (cut !== undefined) {
    response.flushHeaders();
    response.write(part.subarray(0, cut));
    // bytes that a client has not taken by the end of the connection are lost to it
    const before = faults.arrived?.() ?? 0;
    const timer = setInterval(() => {
      if (!response.destroyed && cut > 0 && faults.arrived !== undefined && faults.arrived() <= before) return;
      clearInterval(timer);
      response.destroy();
    }, 10);
    return;
  }
  if (faults.slow) trickle(response, part);
  else response.end(part);
}

function trickle(response: ServerResponse, part: Buffer): void {
  const step = Math.ceil(part.length / 50);
  let at = 0;
  const timer = setInterval(() => {
    if (at >= part.length || response.destroyed) {
      clearInterval(timer);
      response.end();
      return;
    }
    response.write(part.subarray(at, at + step));
    at += step;
  }, 100);
}
