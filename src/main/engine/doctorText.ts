/** @file A doctor's report for a terminal. */

import type { DoctorReport } from './doctor.ts';

export function renderDoctor(report: DoctorReport): string {
  const { versions, processor, memory, gpus, backend, disk, missing } = report;
  const known = (name: string, version: string | null): string =>
    version === null ? `no ${name}` : `${name} ${version}`;
  const build = { cpu: 'build for the CPU', cuda: 'build for NVIDIA GPUs', none: 'not installed' }[backend.build];
  const sharp = versions.sharp === null ? 'no sharp' : `sharp ${versions.sharp} (libvips ${versions.libvips ?? '?'})`;
  const electron = versions.electron === null ? 'Electron comes with npm start' : `Electron ${versions.electron}`;
  const rows = [
    ['Distillery', `${versions.distillery}, Node ${versions.node}, ${electron}`],
    ['TensorFlow', `${versions.libtensorflow ?? 'does not load'}, ${build}, ${known('tfjs', versions.tfjs)}`],
    ['Libraries', `${known('SQLite', versions.sqlite)}, ${sharp}`],
    ['Processor', `${processor.model}, ${processor.cores} cores: ${processor.features.join(' ')}`],
    ['Memory', `${gigabytes(memory.totalBytes)}, ${gigabytes(memory.freeBytes)} free`],
    ...(gpus.length === 0 ? [['GPU', 'none']] : []),
    ...gpus.map((gpu) => ['GPU', `${gpu.name}, ${gigabytes(gpu.memoryBytes)}, driver ${gpu.driver}`]),
    ['Computes on', backend.usesGpu ? 'the GPU' : 'the CPU'],
    ...disk.map(({ what, dir, freeBytes }) => ['Disk', `${gigabytes(freeBytes)} free for the ${what} (${dir})`]),
  ];
  const lines = rows.map(([name, text]) => `${name!.padEnd(12)} ${text!}`);
  if (missing.length === 0) lines.push('', 'Nothing is missing.');
  else lines.push('', 'Missing:', ...missing.flatMap((one) => [`  ${one.what}`, `    -> ${one.do}`]));
  return lines.join('\n');
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
