/** @file The sections of the report, in reading order; each is empty where there is nothing to tell. */

import { clusterChart, curvePanel, mostBins } from './chart.ts';
import { date, duration, integer, percent, plural, short } from './format.ts';
import { nameOfPicture } from '../pictureSource.ts';
import { html, type Markup } from './html.ts';
import type {
  ReportAverage,
  ReportBalance,
  ReportClusters,
  ReportCounts,
  ReportCurve,
  ReportFile,
  ReportGroup,
  ReportInput,
  ReportMember,
  ReportRun,
} from './input.ts';
import { curveName, inOrder, isLoss, startAndEnd, topTenthShare } from './series.ts';
import { axisEnd, seenNotes, sideBySide, type Comparison, type ComparisonRow } from './sideBySide.ts';
import { shownMembers } from './thumbnails.ts';

type Section = Markup | undefined;

export function opening(input: ReportInput): Markup {
  const { counts } = input;
  const took = input.seconds === undefined ? undefined : ` · ${duration(input.seconds)}`;
  return html`<header>
    <h1>${input.title}</h1>
    <p class="meta">
      Dataset <b>${input.dataset}</b>${input.source && html` from <span class="path">${input.source}</span>`}
    </p>
    <p class="meta">${date(input.createdAt)}${took} · ${input.machine}</p>
    <dl class="figures">
      ${figure('Imported', integer(counts.imported), counts.skipped > 0 ? `${integer(counts.skipped)} skipped` : 'none skipped')}
      ${figure('Kept', integer(counts.kept), `${percent(counts.kept / Math.max(1, counts.imported))} of what was imported`, 'main')}
      ${figure('Removed', integer(counts.removed), input.balance ? `in ${plural(input.balance.groupCount, 'group')}` : 'not balanced')}
      ${headline(input)}
    </dl>
  </header>`;
}

const figure = (name: string, value: string, note: string, kind = ''): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd class="${kind}">${value}</dd>
    <dd>${note}</dd>
  </div>`;

/** The student's first measure, beside the teacher's. */
function headline({ evaluations }: ReportInput): Markup | undefined {
  const { models, sets } = sideBySide(evaluations);
  const row = sets[0]?.rows[0];
  const student = row?.values[models.findIndex(({ role }) => role === 'student')];
  if (row === undefined || student === undefined) return undefined;
  const teacher = row.values[models.findIndex(({ role }) => role === 'teacher')];
  const beside = teacher === undefined ? '' : `teacher ${percent(teacher)}, `;
  return figure(`${row.name}, student`, percent(student), `${beside}chance ${percent(row.chance)}`);
}

export function skippedSection({ skipped, reasons }: ReportCounts): Section {
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

export function groupSection(balance: ReportBalance | undefined, pictures: ReadonlyMap<string, string>): Section {
  if (!balance) return undefined;
  const shown = balance.groups.length;
  const which = shown < balance.groupCount ? ` Here are the ${shown} largest.` : '';
  return html`<section>
    <h2>Semantic duplicates</h2>
    <p>
      Pictures whose embeddings by ${balance.teacher} lie within ${short(balance.beta)} of each other form a group, and
      each group keeps the picture nearest to its centre: ${plural(balance.pairs, 'pair')} made
      ${plural(balance.groupCount, 'group')}.${which}
    </p>
    <p class="key">
      <span class="hollow" style="--mark:var(--student)">kept</span> Numbers under pictures are distances to the centre
      of the group.
    </p>
    <div class="groups">${balance.groups.map((group) => groupCard(group, pictures))}</div>
  </section>`;
}

function groupCard(group: ReportGroup, pictures: ReadonlyMap<string, string>): Markup {
  const members = shownMembers(group);
  const more = group.size - members.length;
  return html`<article class="group">
    <header>
      <h3>${plural(group.size, 'picture')}</h3>
      <span>mean distance ${group.meanDistance.toFixed(3)}</span>
    </header>
    <div class="members">
      ${members.map((member) => memberFigure(member, pictures))}${more > 0 && html`<div class="more">${integer(more)} more</div>`}
    </div>
  </article>`;
}

function memberFigure(
  { name, picture, caption, distance, keep }: ReportMember,
  pictures: ReadonlyMap<string, string>,
): Markup {
  const uri = picture === null ? undefined : pictures.get(nameOfPicture(picture));
  const missing = picture === null ? 'embedding only' : 'cannot be read';
  return html`<figure class="${keep ? 'keep' : 'drop'}">
    ${uri === undefined ? html`<div class="blank">${missing}</div>` : html`<img src="${uri}" alt="${caption}" width="120" height="120" />`}
    <figcaption>
      <b title="${name}">${name}</b><i title="${caption}">${caption}</i
      ><span>${distance.toFixed(3)}${keep && html` <span class="kept">· kept</span>`}</span>
    </figcaption>
  </figure>`;
}

export function clusterSection(clusters: ReportClusters | undefined): Section {
  if (!clusters || clusters.before.length === 0) return undefined;
  const { before, after, quality } = clusters;
  const binned =
    before.length > mostBins ? `; each mark is the mean of about ${integer(before.length / mostBins)} clusters` : '';
  const most = before.indexOf(before.reduce((a, b) => Math.max(a, b), 0));
  return html`<section>
    <h2>Cluster sizes before and after balancing</h2>
    <p>
      The same ${plural(before.length, 'cluster')}, counted over all pictures and over the kept ones. The largest went
      from ${integer(before[most]!)} to ${integer(after[most]!)}; the largest tenth of the clusters held
      ${percent(topTenthShare(before))} of all pictures and now holds ${percent(topTenthShare(after))}.
    </p>
    ${
      quality &&
      html`<p>
        Gini coefficient of the sizes: ${quality.gini.before.toFixed(3)} before, ${quality.gini.after.toFixed(3)} after.
        Mean similarity of a kept picture to the centre of its cluster: ${quality.similarity.mean.toFixed(3)}; nine
        clusters in ten have one from ${quality.similarity.from.toFixed(3)} to ${quality.similarity.to.toFixed(3)}.
        ${quality.empty > 0 && `${plural(quality.empty, 'cluster')} without a picture.`}
      </p>`
    }
    <p class="key">
      <span class="hollow" style="--mark:var(--before)">before</span
      ><span style="--mark:var(--student)">after</span> Pictures a cluster, logarithmic${binned}
    </p>
    <div class="scroll">${clusterChart(clusters)}</div>
  </section>`;
}

export function trainingSection(runs: readonly ReportRun[]): Section {
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

export function evaluationSection(input: ReportInput): Section {
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

function averageTable(averages: readonly ReportAverage[]): Section {
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

const intervalNote = (range: ComparisonRow['intervals'][number]): Section =>
  range && html`<small class="meta"> ${percent(range[0])} to ${percent(range[1])}</small>`;

export function fileSection(files: readonly ReportFile[]): Section {
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

export function configSection({ config, versions }: ReportInput): Section {
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
