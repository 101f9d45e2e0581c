/** @file report.html: one file without scripts and without anything from elsewhere, for the desk and for a colleague. */

import { writeWhole } from '../store/files.ts';
import { html, Markup } from './html.ts';
import type { ReportInput } from './input.ts';
import { clusterSection } from './sections/clusters.ts';
import { configSection, fileSection, skippedSection } from './sections/closing.ts';
import { evaluationSection } from './sections/evaluation.ts';
import { groupSection } from './sections/groups.ts';
import { opening } from './sections/opening.ts';
import { qualitySection } from './sections/quality.ts';
import { trainingSection } from './sections/training.ts';
import { style } from './style.ts';
import { thumbnails } from './thumbnails.ts';

/** Nothing may load and nothing may run, whatever a caption holds. */
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Writes the report; pictures that cannot be read become empty frames. @throws {DistilleryError} on a full disk. */
export async function writeReport(input: ReportInput, file: string): Promise<void> {
  await writeWhole(file, renderReport(input, await thumbnails(input.balance?.groups ?? [])).text);
}

/** @param pictures data URI by file */
export function renderReport(input: ReportInput, pictures: ReadonlyMap<string, string>): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${input.title}</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <main>
          ${opening(input)} ${groupSection(input.balance, pictures)} ${clusterSection(input.clusters)}
          ${trainingSection(input.runs)} ${evaluationSection(input)} ${fileSection(input.files)}
          ${skippedSection(input.counts)} ${qualitySection(input)} ${configSection(input)}
          <footer>Made by Distillery on ${input.createdAt.slice(0, 10)}.</footer>
        </main>
      </body>
    </html> `;
}
