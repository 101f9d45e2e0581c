/**
 * @file The hub by its own client library: which commit a revision is, which files it has, where a file is served. The library's
 * requests go through `guarded`: cancelled with the job, bounded in time and size, and the token only ever sent to the hub itself.
 */

import { HubApiError, fileDownloadInfo, listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { CancelledError, DistilleryError, UsageError, messageOf } from '../../errors.ts';
import { chunksOf } from './bytes.ts';
import { manualDownload } from './manual.ts';
import type { HubSettings, HubSource } from './source.ts';

/** Of an answer that is not a file. */
const answerLimit = 16 << 20;
const answerTimeoutMs = 30_000;
const listingLimit = 20_000;
/** Characters of an answer that a message quotes. */
const longestAnswer = 300;

export interface HubFile {
  name: string;
  bytes: number;
  /** SHA-256 of large files; of small ones git's own SHA-1 over `blob BYTES\0` and the content. */
  checksum: { kind: 'sha256' | 'git'; value: string };
}

export interface Hub {
  /** The commit of the revision. */
  commit: () => Promise<string>;
  /** Files at the top of the repository. */
  files: (commit: string) => Promise<HubFile[]>;
  /** The bytes of a file from `from` on, as an answer whose body is still to be read. */
  download: (commit: string, file: HubFile, from: number) => Promise<Response>;
}

const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).optional(),
});

export function openHub(source: HubSource, settings: HubSettings, signal: AbortSignal): Hub {
  const { repo } = source;
  const hubUrl = settings.endpoint;
  const send = guarded(settings, signal);
  const explain = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (signal.aborted) throw new CancelledError();
      throw explained(error, source, settings);
    });
  return {
    commit: () =>
      explain(
        modelInfo({
          name: repo,
          revision: source.revision,
          additionalFields: ['sha'],
          hubUrl,
          fetch: bounded(send),
        }).then(({ sha }) => commitSchema.parse(sha)),
      ),
    files: (commit) =>
      explain(
        (async () => {
          const files: HubFile[] = [];
          let seen = 0;
          for await (const entry of listFiles({ repo, revision: commit, hubUrl, fetch: bounded(send) })) {
            if (++seen > listingLimit) throw new DistilleryError(`it lists more than ${listingLimit} files`);
            // folders, and names that are no plain file of the top, are never looked at
            if (entry.type !== 'file' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(entry.path)) continue;
            const { path: name, size, oid, lfs } = entrySchema.parse(entry);
            const checksum = lfs
              ? ({ kind: 'sha256', value: lfs.oid } as const)
              : ({ kind: 'git', value: oid } as const);
            files.push({ name, bytes: lfs?.size ?? size, checksum });
          }
          return files;
        })(),
      ),
    download: (commit, file, from) =>
      explain(
        (async () => {
          const info = await fileDownloadInfo({
            repo,
            path: file.name,
            revision: commit,
            hubUrl,
            fetch: bounded(send),
          });
          if (!info) throw new DistilleryError(`${file.name} is listed, but the hub does not have it`);
          return send(info.url, from > 0 ? { headers: { Range: `bytes=${from}-` } } : {});
        })(),
      ),
  };
}

/** `fetch` with the job's signal, and the token where a request goes to the hub. */
function guarded({ endpoint, token }: HubSettings, signal: AbortSignal): typeof fetch {
  const { origin } = new URL(endpoint);
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    headers.delete('authorization');
    // where it answers with another address, fetch itself takes the token off
    if (token !== undefined && url.origin === origin) headers.set('authorization', `Bearer ${token}`);
    const signals = init?.signal ? [signal, init.signal] : [signal];
    return fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
  };
}

/** For short answers: read whole, within limits. */
function bounded(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const answer = await send(input, { ...init, signal: AbortSignal.timeout(answerTimeoutMs) });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body ? chunksOf(answer.body, answerTimeoutMs) : []) {
      bytes += chunk.length;
      if (bytes > answerLimit) throw new DistilleryError(`it answers with more than ${answerLimit} bytes`);
      parts.push(chunk);
    }
    const { status, statusText, headers } = answer;
    return new Response(parts.length > 0 ? Buffer.concat(parts) : null, { status, statusText, headers });
  };
}

/** Thrown by `fetch` when there was no answer at all. */
const unreachable = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || (error instanceof TypeError && /fetch failed/.test(error.message)));

function explained(error: unknown, source: HubSource, settings: HubSettings): Error {
  const { repo, revision } = source;
  const { endpoint, token } = settings;
  if (error instanceof UsageError) return error;
  if (unreachable(error)) {
    const cause = (error as Error).cause;
    const why = messageOf(cause ?? error) || (cause as NodeJS.ErrnoException | undefined)?.code;
    return new DistilleryError(
      `${endpoint} cannot be reached (${why ?? 'no answer'}). ${manualDownload(source, endpoint)}`,
      { cause: error },
    );
  }
  if (error instanceof HubApiError) {
    if (error.statusCode === 401 || error.statusCode === 403) {
      return new DistilleryError(
        `${repo} does not exist, is private, or its authors ask for their terms to be accepted first. ` +
          `Look at ${endpoint}/${repo} in a browser; then ` +
          (token === undefined
            ? 'put a token of yours into HF_TOKEN (or log in with: hf auth login), and repeat the command.'
            : 'see that the token in HF_TOKEN (or of hf auth login) belongs to that account and may read it.'),
        { cause: error },
      );
    }
    if (error.statusCode === 404) {
      return new UsageError(`${endpoint} has no model ${repo} with revision ${revision}. See ${endpoint}/${repo}.`, {
        cause: error,
      });
    }
    const later = error.statusCode === 429 || error.statusCode >= 500 ? ' Try again later.' : '';
    // a mirror may answer with a page
    const said = error.message.replace(/\s+/g, ' ').slice(0, longestAnswer);
    return new DistilleryError(`${endpoint} answered ${error.statusCode} for ${repo}: ${said}.${later}`, {
      cause: error,
    });
  }
  const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
  return new DistilleryError(`What ${endpoint} says of ${repo} cannot be used: ${why}.`, { cause: error });
}
