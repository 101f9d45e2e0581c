/** @file Builds main, preload and renderer into out/. The targets are of Electron 33, the oldest that the set-up may have. */

import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

export default defineConfig({
  main: {
    build: { target: 'node20.18', outDir: 'out/main', lib: { entry: 'src/main/index.ts', formats: ['es'] } },
  },
  preload: {
    build: {
      target: 'node20.18',
      outDir: 'out/preload',
      lib: { entry: 'src/preload/index.ts' },
      // a sandboxed preload must be CommonJS
      rolldownOptions: { output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    build: {
      target: 'chrome130',
      minify: true,
      outDir: path.resolve('out/renderer'),
      assetsInlineLimit: 0,
      rolldownOptions: { input: 'src/renderer/index.html' },
    },
  },
});
