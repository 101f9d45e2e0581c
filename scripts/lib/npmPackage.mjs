/** @file Fetches single packages through npm, so that its registry, proxies and certificates count, and checks them by hash. */

import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from './cache.mjs';
import { SetupError, run } from './process.mjs';

/**
 * Unpacks a package of the registry into `dir`, without running any of its scripts.
 * @param {{ name: string, version: string, integrity: string }} pin integrity as in package-lock.json (sha512)
 * @param {string} dir
 * @param {string[]} members only these paths in the package (all by default)
 */
export async function fetchPackage(pin, dir, members = []) {
  const id = `${pin.name}@${pin.version}`;
  await mkdir(dir, { recursive: true });
  const args = ['pack', id, '--json', '--loglevel=error', '--ignore-scripts', '--pack-destination', dir];
  const { stdout } = await run(
    'npm',
    args,
    'Check the network, or name a mirror in .npmrc (docs/setup.md), then try again.',
  );
  // npm 12 gives an object by package name, older ones a list
  const [packed] = Object.values(JSON.parse(stdout));
  const file = path.join(dir, packed.filename.replace('@', '').replace('/', '-'));
  const integrity = `sha512-${await hashFile(file, 'sha512', 'base64')}`;
  if (integrity !== pin.integrity) {
    throw new SetupError(
      `${id} from the registry has ${integrity} instead of ${pin.integrity}.`,
      'Ask who runs the registry.',
    );
  }
  const only = members.map((member) => `package/${member}`);
  await run('tar', ['-xzf', file, '-C', dir, '--strip-components=1', '--no-same-owner', ...only], 'Is tar installed?');
  await rm(file);
}
