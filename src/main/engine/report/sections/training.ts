/** @file The section on training: curves, and the losses as a table. */

import { curvePanel } from '../chart.ts';
import { duration, plural, short } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportCurve, ReportRun } from '../input.ts';
import { curveName, inOrder, isLoss, startAndEnd } from '../series.ts';

export function trainingSection(runs: readonly ReportRun[]): Markup | undefined {
  return runs.length === 0
    ? undefined
    : html`<section>
        <h2>Training</h2>
        ${runs.map(runArticle)}
      </section>`;
}

function runArticle(run: ReportRun): Markup {
  const facts = [
    plural(run.images, 'image'),
    plural(run.steps, 'step'),
    ...(run.seconds === undefined ? [] : [duration(run.seconds)]),
    ...(run.samplesPerSecond === undefined ? [] : [`${short(run.samplesPerSecond)} samples/s`]),
    `run ${run.id}`,
  ];
  // the speed stands among the facts
  const curves = inOrder(run.curves).filter(({ name }) => name !== 'samplesPerSecond');
  const name = { teacher: 'Teacher', student: 'Student', other: 'Model' }[run.role];
  return html`<article class="run ${run.role}">
    <h3>${name} ${run.model}</h3>
    <p class="note">${facts.join(' · ')}</p>
    <div class="panels">${curves.map(panel)}</div>
    ${lossTable(curves.filter(isLoss))}
  </article>`;
}

function panel(curve: ReportCurve): Markup {
  const ends = startAndEnd(curve);
  return html`<div class="panel">
    <header>
      <h3>${curveName(curve.name)}</h3>
      ${ends && html`<span>${short(ends.first)} → ${short(ends.settled)}</span>`}
    </header>
    ${curvePanel(curve, curveName(curve.name))}
  </div>`;
}

function lossTable(curves: readonly ReportCurve[]): Markup | undefined {
  if (curves.length === 0) return undefined;
  return html`<table>
    <thead>
      <tr>
        <th>Loss</th>
        <th class="number">First step</th>
        <th class="number">Last step</th>
        <th class="number">Mean of the last tenth</th>
      </tr>
    </thead>
    <tbody>
      ${curves.map((curve) => {
        const ends = startAndEnd(curve);
        const cell = (value: number | undefined) =>
          html`<td class="number">${value === undefined ? '–' : short(value)}</td>`;
        return html`<tr>
          <td>${curveName(curve.name)}</td>
          ${cell(ends?.first)}${cell(ends?.last)}${cell(ends?.settled)}
        </tr>`;
      })}
    </tbody>
  </table>`;
}
