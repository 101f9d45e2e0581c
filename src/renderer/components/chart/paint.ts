/** @file Draws a chart on a canvas, and writes it as SVG. */

import type { Drawing, Marker } from './drawing.ts';
import { fillEnvelope } from './envelope.ts';

/** Colours of what is not a curve. */
export interface Paper {
  background: string;
  grid: string;
  ink: string;
  marks: Record<Marker['kind'], string>;
}

const font = '11px "Inter Variable", sans-serif';
const markerPixels = 4;
/** Ticks and labels of x lie this far below the plot. */
const labelDrop = 15;

export function paintCanvas(context: CanvasRenderingContext2D, drawing: Drawing, paper: Paper): void {
  const { width, height, plot } = drawing;
  context.fillStyle = paper.background;
  context.fillRect(0, 0, width, height);
  context.font = font;
  context.fillStyle = paper.ink;
  context.strokeStyle = paper.grid;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { at, text } of drawing.yLabels) {
    line(context, plot.left, crisp(at), plot.right, crisp(at));
    context.fillText(text, plot.left - 8, at);
  }
  context.textAlign = 'center';
  for (const { at, text } of drawing.xLabels) context.fillText(text, at, plot.bottom + labelDrop);
  for (const { at, kind } of drawing.markers) {
    context.strokeStyle = context.fillStyle = paper.marks[kind];
    context.setLineDash(kind === 'alarm' ? [] : [2, 3]);
    line(context, crisp(at), plot.top, crisp(at), plot.bottom);
    context.setLineDash([]);
    context.beginPath();
    for (const [x, y] of markerShape(kind, at, plot.bottom)) context.lineTo(x, y);
    context.fill();
  }
  context.save();
  context.beginPath();
  context.rect(plot.left, plot.top - 2, plot.right - plot.left, plot.bottom - plot.top + 4);
  context.clip();
  context.lineJoin = 'round';
  for (const { points, envelope, color, width: thick, opacity, dash } of drawing.strokes) {
    context.strokeStyle = context.fillStyle = color;
    context.globalAlpha = opacity;
    if (envelope) {
      fillEnvelope(context, envelope, plot.left, { width: thick, dash });
      continue;
    }
    context.lineWidth = thick;
    context.setLineDash(dash as number[]);
    context.beginPath();
    for (let i = 0; i < points.length; i += 2) context.lineTo(points[i]!, points[i + 1]!);
    context.stroke();
  }
  context.restore();
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** A line one pixel wide lies on one row of pixels. */
const crisp = (at: number): number => Math.round(at) + 0.5;

/** Corners of the sign at the foot of a marker: checkpoints stand square, evaluations up, alarms down. */
function markerShape(kind: Marker['kind'], x: number, bottom: number): [number, number][] {
  const s = markerPixels;
  switch (kind) {
    case 'checkpoint':
      return [
        [x - s / 1.5, bottom - s],
        [x + s / 1.5, bottom - s],
        [x + s / 1.5, bottom],
        [x - s / 1.5, bottom],
      ];
    case 'evaluation':
      return [
        [x - s, bottom],
        [x, bottom - 2 * s],
        [x + s, bottom],
      ];
    case 'alarm':
      return [
        [x - s, bottom - 2 * s],
        [x + s, bottom - 2 * s],
        [x, bottom],
      ];
  }
}

export interface Caption {
  title: string;
  entries: { label: string; color: string; dash: readonly number[] }[];
}

const captionPixels = 22;
const entryPixels = 7; // of a letter, about

/** The chart with its title and legend, as a file of its own. */
export function chartSvg(drawing: Drawing, paper: Paper, { title, entries }: Caption): string {
  const { width, height, plot } = drawing;
  const number = (value: number): string => String(Number(value.toFixed(2)));
  const text = (x: number, y: number, anchor: string, content: string, weight = 400): string =>
    `<text x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" font-weight="${weight}" fill="${paper.ink}">${escapeXml(content)}</text>`;
  let at = 12 + (title.length + 3) * entryPixels;
  const legend = entries.map(({ label, color, dash }) => {
    const entry = `<line x1="${at}" x2="${at + 18}" y1="11" y2="11" stroke="${color}" stroke-width="2"${dashes(dash)}/>${text(at + 23, 15, 'start', label)}`;
    at += 36 + label.length * entryPixels;
    return entry;
  });
  const grid = drawing.yLabels.map(
    (label) =>
      `<line x1="${plot.left}" x2="${plot.right}" y1="${number(label.at)}" y2="${number(label.at)}" stroke="${paper.grid}"/>${text(plot.left - 8, label.at + 4, 'end', label.text)}`,
  );
  const ticks = drawing.xLabels.map((label) => text(label.at, plot.bottom + labelDrop + 4, 'middle', label.text));
  const marks = drawing.markers.map(
    ({ at: x, kind, text: words }) =>
      `<g><title>${escapeXml(words)}</title><line x1="${number(x)}" x2="${number(x)}" y1="${plot.top}" y2="${plot.bottom}" stroke="${paper.marks[kind]}"${kind === 'alarm' ? '' : ' stroke-dasharray="2 3"'}/><polygon points="${markerShape(kind, x, plot.bottom).map(pair).join(' ')}" fill="${paper.marks[kind]}"/></g>`,
  );
  const curves = drawing.strokes.map(({ points, color, width: thick, opacity, dash }) => {
    const pairs = Array.from({ length: points.length / 2 }, (_, i) => pair([points[2 * i]!, points[2 * i + 1]!]));
    return `<polyline points="${pairs.join(' ')}" fill="none" stroke="${color}" stroke-width="${thick}" stroke-opacity="${opacity}" stroke-linejoin="round"${dashes(dash)}/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + captionPixels}" viewBox="0 0 ${width} ${height + captionPixels}" font-family="Inter, sans-serif" font-size="11">
<rect width="100%" height="100%" fill="${paper.background}"/>
<g>${text(12, 15, 'start', title, 600)}${legend.join('')}</g>
<clipPath id="plot"><rect x="${plot.left}" y="${plot.top - 2}" width="${plot.right - plot.left}" height="${plot.bottom - plot.top + 4}"/></clipPath>
<g transform="translate(0 ${captionPixels})">
${[...grid, ...ticks, ...marks].join('\n')}
<g clip-path="url(#plot)">
${curves.join('\n')}
</g>
</g>
</svg>
`;

  function pair([x, y]: [number, number]): string {
    return `${number(x)},${number(y)}`;
  }
}

const dashes = (dash: readonly number[]): string => (dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`);

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
