/** @file `hf:ORG/NAME[@REVISION]`, and what the hub's environment variables say. */

import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '../../errors.ts';

export interface HubSource {
  /** `ORG/NAME` */
  repo: string;
  /** A branch, tag or commit. */
  revision: string;
}

const part = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?$/;

export const isHubSource = (source: string): boolean => source.startsWith('hf:');

/** @throws {UsageError} */
export function parseHubSource(source: string): HubSource {
  const [repo = '', revision = 'main', ...more] = source.slice('hf:'.length).split('@');
  const parts = repo.split('/');
  const named = parts.length === 2 && parts.every((one) => part.test(one) && !/\.\.|--/.test(one));
  const dated = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/.test(revision) && !/\.\.|\/\//.test(revision);
  if (!named || !dated || more.length > 0) {
    throw new UsageError(
      `${JSON.stringify(source.slice(0, 200))} names no model of the hub: expected hf:ORG/NAME or hf:ORG/NAME@REVISION.`,
    );
  }
  return { repo, revision };
}

export interface HubSettings {
  /** Without a slash at the end. */
  endpoint: string;
  token: string | undefined;
  offline: boolean;
  /** Where the hub's Python library keeps what it has downloaded. */
  cache: string;
}

/** As https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables has them. @throws {UsageError} */
export function hubSettings(env: NodeJS.ProcessEnv = process.env): HubSettings {
  const value = (name: string): string | undefined => env[name]?.trim() || undefined;
  const home =
    value('HF_HOME') ?? path.join(value('XDG_CACHE_HOME') ?? path.join(os.homedir(), '.cache'), 'huggingface');
  const endpoint = (value('HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(
      `HF_ENDPOINT is ${JSON.stringify(endpoint)}: expected the address of a hub, such as https://huggingface.co.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      `HF_ENDPOINT has a name or password before ${url.host}, which would be shown in messages. Give the address without it, and a token in HF_TOKEN.`,
    );
  }
  return {
    endpoint,
    token: tokenOf(value, home),
    offline: ['1', 'on', 'yes', 'true'].includes((value('HF_HUB_OFFLINE') ?? '').toLowerCase()),
    cache: value('HF_HUB_CACHE') ?? path.join(home, 'hub'),
  };
}

/** A token never stands in a message; one that is no header is refused here, since `fetch` would print it. @throws {UsageError} */
function tokenOf(value: (name: string) => string | undefined, home: string): string | undefined {
  const file = value('HF_TOKEN_PATH') ?? path.join(home, 'token');
  const given = value('HF_TOKEN');
  const token = given ?? readToken(file);
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(
    `The token in ${given === undefined ? file : 'HF_TOKEN'} is not one line of letters, digits and signs. Copy it again from the hub's settings.`,
  );
}

function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined; // whoever never logged in has none
  }
}
