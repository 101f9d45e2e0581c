/** @file The end of the report: files, what was skipped, how it was made. */

import { integer, plural } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportCounts, ReportFile, ReportInput } from '../input.ts';

export function fileSection(files: readonly ReportFile[]): Markup | undefined {
  if (files.length === 0) return undefined;
  return html`<section>
    <h2>Where things lie</h2>
    <dl class="files">
      ${files.map(
        ({ what, path, use }) =>
          html`<dt>${what}</dt>
            <dd><span class="path">${path}</span>${use && html`<code>${use}</code>`}</dd>`,
      )}
    </dl>
  </section>`;
}

export function skippedSection({ skipped, reasons }: ReportCounts): Markup | undefined {
  if (skipped === 0) return undefined;
  return html`<section>
    <h2>Skipped</h2>
    <p>${plural(skipped, 'picture')} could not be used; everything else went on without them.</p>
    <table>
      <thead>
        <tr>
          <th>Reason</th>
          <th class="number">Pictures</th>
        </tr>
      </thead>
      <tbody>
        ${reasons.map(
          ({ reason, count }) =>
            html`<tr>
              <td class="reason">${reason}</td>
              <td class="number">${integer(count)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function configSection({ config, versions }: ReportInput): Markup | undefined {
  const programs = Object.entries(versions);
  return html`<section>
    <h2>How it was made</h2>
    ${programs.length > 0 && html`<p>${programs.map(([name, version]) => `${name} ${version}`).join(' · ')}</p>`}
    <details open>
      <summary>Configuration</summary>
      <pre>${JSON.stringify(config, null, 2)}</pre>
    </details>
  </section>`;
}
