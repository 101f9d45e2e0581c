/** @file Charts as files, where the person says. */

import { writeFile } from 'node:fs/promises';
import { dialog } from 'electron';
import type { Params, Result } from '../../preload/contract.ts';
import type { ServiceProcess } from '../serviceProcess.ts';
import type { OpenWorkspaces } from './workspaces.ts';

const kinds: Record<'png' | 'svg' | 'csv', Electron.FileFilter> = {
  png: { name: 'PNG picture', extensions: ['png'] },
  svg: { name: 'SVG drawing', extensions: ['svg'] },
  csv: { name: 'Table of all points', extensions: ['csv'] },
};

export function chartHandlers(service: ServiceProcess, workspaces: OpenWorkspaces) {
  return {
    'chart.save': async (
      window: Electron.BrowserWindow,
      { name, format, content }: Params<'chart.save'>,
    ): Promise<Result<'chart.save'>> => {
      const file = await askFile(window, name, format);
      if (file !== null) await writeFile(file, content, format === 'png' ? 'base64' : 'utf8');
      return file;
    },
    'chart.saveTable': async (
      window: Electron.BrowserWindow,
      { workspace, name, runs, metrics }: Params<'chart.saveTable'>,
    ): Promise<Result<'chart.saveTable'>> => {
      const { dir } = workspaces.get(workspace);
      const file = await askFile(window, name, 'csv');
      if (file === null) return null;
      const reply = await service.request('service.writeSeries', { dir, runs, metrics, file });
      if (!reply.ok) throw Object.assign(new Error(reply.error.message), { name: reply.error.name });
      return file;
    },
  };
}

async function askFile(
  window: Electron.BrowserWindow,
  name: string,
  format: keyof typeof kinds,
): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save the chart',
    defaultPath: `${name.replaceAll(/[^\w.-]+/g, '-')}.${format}`,
    filters: [kinds[format]],
  });
  return canceled || filePath === '' ? null : filePath;
}
