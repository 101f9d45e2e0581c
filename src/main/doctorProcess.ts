/** @file `distillery doctor` as a process of its own: it answers also where the service cannot start. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { doctorReport, type DoctorReport } from '../preload/home.ts';

const withinMs = 60_000;

/** @param dir whose disk is asked @throws when it cannot be run at all */
export function runDoctor(appDir: string, dir: string): Promise<DoctorReport> {
  const node = path.join(appDir, 'node_modules', '.bin', 'node');
  const argv = [path.join(appDir, 'bin/distillery.mjs'), 'doctor', '--json', '--workspace', dir];
  return new Promise((resolve, reject) => {
    execFile(node, argv, { timeout: withinMs }, (error, stdout, stderr) => {
      // it ends with 1 where something is missing, and says what
      const report = reportIn(stdout);
      if (report) resolve(report);
      else reject(new Error(`The doctor gave no report. ${stderr.trim() || (error?.message ?? '')}`));
    });
  });
}

function reportIn(stdout: string): DoctorReport | undefined {
  try {
    return doctorReport.parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}
