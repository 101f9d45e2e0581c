/** @file A Python with the programs that the benchmarks compare with, in the cache. */

import path from 'node:path';
import { cacheEntry } from './cache.mjs';
import { SetupError, capture, run } from './process.mjs';
import { findPython } from './wheels.mjs';

/** Compared with, so exact; without their dependencies, among them a gigabyte of CUDA. */
const compared = [
  'torchvision==0.28.0',
  'open_clip_torch==3.3.0',
  'timm==1.0.31',
  'faiss-cpu==1.15.1',
  'webdataset==1.0.2',
];
const torch = 'torch==2.13.0';
/** What those need, as pip finds it for this Python. */
const needed = [
  ...['numpy', 'scipy', 'scikit-learn', 'pillow', 'pyarrow', 'safetensors', 'ftfy', 'regex', 'tqdm', 'huggingface_hub'],
  ...[
    'pyyaml',
    'filelock',
    'typing_extensions',
    'sympy',
    'networkx',
    'jinja2',
    'fsspec',
    'packaging',
    'setuptools',
    'braceexpand',
  ],
];

/**
 * @param {(line: string) => void} log
 * @returns {Promise<string>} the Python program
 */
export async function peersPython(log) {
  const base = await findPython();
  const asked = await run(base, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], 'Install Python 3.');
  const name = `peers-torch2.13.0-openclip3.3.0-faiss1.15.1-webdataset1.0.2-python${asked.stdout.trim()}`;
  const { dir } = await cacheEntry(name, 5e9, (beside) => makeVenv(base, beside, log), log);
  return path.join(dir, 'bin/python');
}

async function makeVenv(base, dir, log) {
  log('installing PyTorch, open_clip and faiss for the comparison (about 1 GB, once)');
  await run(base, ['-m', 'venv', dir], 'Install venv for Python 3, on Debian and Ubuntu: apt-get install python3-venv');
  const python = path.join(dir, 'bin/python');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  const todo = 'Check the network, or name a mirror in pip.conf (docs/setup.md), then try again.';
  await run(python, [...install, ...needed], todo);
  await run(python, [...install, '--no-deps', ...compared], todo);
  for (const attempt of [['--no-deps', `${torch}+cpu`], ['--no-deps', torch], [torch]]) {
    await capture(python, [...install, ...attempt]);
    const { code } = await capture(python, ['-c', 'import torch; torch.zeros(2, 2) @ torch.zeros(2, 2)']);
    if (code === 0) return;
  }
  throw new SetupError(`${torch} could not be installed.`, todo);
}
