/** @file What to do where the hub cannot be reached. */

import type { HubSource } from './source.ts';

export function manualDownload({ repo, revision }: HubSource, endpoint: string): string {
  const name = repo.slice(repo.indexOf('/') + 1);
  return [
    'Through a mirror: HF_ENDPOINT=https://MIRROR distillery teacher add ...; through a proxy: NODE_USE_ENV_PROXY=1 HTTPS_PROXY=...',
    `Or fetch, on a machine with network, from ${endpoint}/${repo}/tree/${revision} into one folder:`,
    '  open_clip_config.json, and open_clip_model.safetensors (or open_clip_pytorch_model.bin);',
    '  where there is no open_clip_config.json: config.json, preprocessor_config.json and model.safetensors (or pytorch_model.bin).',
    `Then: distillery teacher add FOLDER --name ${name}`,
  ].join('\n');
}
