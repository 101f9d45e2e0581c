/** @file The section on quality flags; empty where no image has one. */

import { integer, percent, plural } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../input.ts';

export function qualitySection({ quality, counts }: ReportInput): Markup | undefined {
  if (quality === undefined || quality.flagged === 0) return undefined;
  const share = percent(quality.flagged / Math.max(1, counts.imported));
  return html`<section>
    <h2>Quality flags</h2>
    <p>
      ${plural(quality.flagged, 'picture')} (${share}) have a flag; an image may have several. They are still there,
      unless a stage was told to leave them out.
    </p>
    <table>
      <thead>
        <tr>
          <th>Flag</th>
          <th class="number">Pictures</th>
        </tr>
      </thead>
      <tbody>
        ${quality.flags.map(
          ({ name, count }) => html`
            <tr>
              <td>${name}</td>
              <td class="number">${integer(count)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  </section>`;
}
