/** @file The head of the report: what it is about, and its main numbers. */

import { date, duration, integer, percent, plural } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../input.ts';
import { sideBySide } from '../sideBySide.ts';

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
