/** @file The section on evaluation: each measure beside chance, models side by side, and the paper's averages. */

import { percent } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportAverage, ReportInput } from '../input.ts';
import { axisEnd, seenNotes, sideBySide, type Comparison, type ComparisonRow } from '../sideBySide.ts';

export function evaluationSection(input: ReportInput): Markup | undefined {
  const comparison = sideBySide(input.evaluations);
  if (comparison.sets.length === 0) return undefined;
  const end = axisEnd(comparison);
  const columns = comparison.models.length + 3;
  return html`<section>
    <h2>Evaluation</h2>
    <p>
      Each measure beside what guessing would give. Lines and small numbers are 95% confidence intervals by bootstrap
      over the images.
    </p>
    <p class="key">
      ${comparison.models.map(({ model, role }) => html`<span style="--mark:var(--${role})">${model}</span>`)}<span
        class="bar"
        style="--mark:var(--soft)"
        >chance</span
      >
    </p>
    <table class="${comparison.models.length > 2 ? 'many' : 'few'}">
      <thead>
        <tr>
          <th>Measure</th>
          <th class="track">0 to ${percent(end).replace('.0', '')}</th>
          <th class="number">Chance</th>
          ${comparison.models.map(({ model }) => html`<th class="number">${model}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${comparison.sets.map(
          ({ data, rows }) =>
            html`<tr class="group-row">
                <td colspan="${columns}">${data}</td>
              </tr>
              ${rows.map((row) => measureRow(row, comparison, end))}`,
        )}
      </tbody>
    </table>
    ${seenNotes(input.evaluations).map((note) => html`<p class="note">${note}</p>`)}
    ${averageTable(input.averages ?? [])}
  </section>`;
}

function averageTable(averages: readonly ReportAverage[]): Markup | undefined {
  if (averages.length === 0) return undefined;
  return html`<h3>Averages over the sets of the paper</h3>
    <table>
      <thead>
        <tr>
          <th>Model</th>
          <th class="number">Average</th>
          <th class="number">Sets</th>
        </tr>
      </thead>
      <tbody>
        ${[...Map.groupBy(averages, ({ suite }) => suite)].map(
          ([suite, rows]) =>
            html`<tr class="group-row">
                <td colspan="3">${suite}</td>
              </tr>
              ${rows.map(averageRow)}`,
        )}
      </tbody>
    </table>`;
}

const averageRow = ({ model, average, sets, of, paper }: ReportAverage): Markup =>
  html`<tr>
    <td>${model}${paper && ' (the paper)'}</td>
    <td class="number">${percent(average)}</td>
    <td class="number">${sets === of ? `all ${of}` : `${sets} of ${of}, not comparable`}</td>
  </tr>`;

function measureRow(row: ComparisonRow, { models }: Comparison, end: number): Markup {
  const x = (value: number) => `${((value / end) * 98 + 1).toFixed(2)}%`;
  return html`<tr>
    <td>${row.name}</td>
    <td class="track">
      <svg height="22" role="img" aria-label="${row.name}">
        <line class="axis" x1="1%" x2="99%" y1="11" y2="11" />
        <line class="chance" x1="${x(row.chance)}" x2="${x(row.chance)}" y1="4" y2="18" />
        ${row.intervals.map((range, i) => (range === undefined ? html`` : html`<line class="range-${models[i]!.role}" x1="${x(range[0])}" x2="${x(range[1])}" y1="11" y2="11" />`))}
        ${row.values.map((value, i) => (value === undefined ? html`` : html`<circle class="dot-${models[i]!.role}" cx="${x(value)}" cy="11" r="5" />`))}
      </svg>
    </td>
    <td class="number">${percent(row.chance)}</td>
    ${row.values.map((value, i) => html`<td class="number ${models[i]!.role}-text">${value === undefined ? '–' : percent(value)}${intervalNote(row.intervals[i])}</td>`)}
  </tr>`;
}

const intervalNote = (range: ComparisonRow['intervals'][number]): Markup | undefined =>
  range && html`<small class="meta"> ${percent(range[0])} to ${percent(range[1])}</small>`;
