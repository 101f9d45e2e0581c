/**
 * @file Runs on Node 24: node downloadElectron.mjs VERSION FILE. Fetches the official archive with Electron's own
 * downloader (its mirror variables, proxies, checksums), and gives up soon where nothing comes.
 */

import { rename, copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const [version, file] = process.argv.slice(2);
const stalledMs = 12_000;

process.env.ELECTRON_GET_USE_PROXY ??= '1';
const { ElectronDownloadCacheMode, downloadArtifact } = await import('@electron/get');

const stop = new AbortController();
const giveUp = () => stop.abort(new Error(`nothing came for ${stalledMs / 1000} s`));
let timer = setTimeout(giveUp, stalledMs);
const getProgressCallback = async () => {
  clearTimeout(timer);
  timer = setTimeout(giveUp, stalledMs);
};

try {
  const zip = await downloadArtifact({
    version,
    artifactName: 'electron',
    platform: process.platform,
    arch: process.arch,
    checksums: createRequire(import.meta.url)('electron/checksums.json'),
    cacheMode: ElectronDownloadCacheMode.Bypass, // ours is the cache
    downloadOptions: { quiet: true, signal: stop.signal, getProgressCallback },
  });
  await rename(zip, file).catch(() => copyFile(zip, file));
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
}
