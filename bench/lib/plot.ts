/** @file A chart with logarithmic axes as SVG, for docs/. */

import { logTicks } from '../../src/main/engine/report/chart.ts';

export interface Series {
  name: string;
  points: { x: number; y: number }[];
}

const frame = { width: 640, height: 400, left: 64, right: 190, top: 20, bottom: 48 };
const colours = ['#2b6cb0', '#c05621', '#2f855a', '#805ad5', '#718096'];
const text = 'font-family="system-ui, sans-serif" font-size="12" fill="#4a5568"';

/** Lines with dots; the name of each beside its last point. */
export function logPlot(series: readonly Series[], xLabel: string, yLabel: string): string {
  const points = series.flatMap((one) => one.points);
  const x = axis(
    points.map((point) => point.x),
    frame.left,
    frame.width - frame.right,
  );
  const y = axis(
    points.map((point) => point.y),
    frame.height - frame.bottom,
    frame.top,
  );
  const parts = [
    ...x.ticks.map((tick) => {
      const at = x.at(tick).toFixed(1);
      return (
        `<path d="M${at} ${frame.top}V${frame.height - frame.bottom}" stroke="#e2e8f0"/>` +
        `<text x="${at}" y="${frame.height - frame.bottom + 18}" text-anchor="middle" ${text}>${short(tick)}</text>`
      );
    }),
    ...y.ticks.map((tick) => {
      const at = y.at(tick).toFixed(1);
      return (
        `<path d="M${frame.left} ${at}H${frame.width - frame.right}" stroke="#e2e8f0"/>` +
        `<text x="${frame.left - 8}" y="${Number(at) + 4}" text-anchor="end" ${text}>${short(tick)}</text>`
      );
    }),
    ...series.map((one, index) => drawn(one, colours[index % colours.length]!, x.at, y.at)),
    `<text x="${(frame.left + frame.width - frame.right) / 2}" y="${frame.height - 8}" text-anchor="middle" ${text}>${xLabel}</text>`,
    `<text transform="translate(14 ${frame.height / 2}) rotate(-90)" text-anchor="middle" ${text}>${yLabel}</text>`,
  ];
  const box = `viewBox="0 0 ${frame.width} ${frame.height}" width="${frame.width}" height="${frame.height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}>\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join('\n')}\n</svg>\n`;
}

function axis(values: number[], from: number, to: number) {
  const [low, high] = [Math.min(...values) / 1.2, Math.max(...values) * 1.2];
  const at = (value: number): number => from + ((to - from) * Math.log(value / low)) / Math.log(high / low);
  return { at, ticks: logTicks(low, high) };
}

function drawn({ name, points }: Series, colour: string, x: (v: number) => number, y: (v: number) => number): string {
  const places = points.map((point) => [x(point.x).toFixed(1), y(point.y).toFixed(1)] as const);
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`).join('');
  const [endX, endY] = places.at(-1)!;
  return (
    `<path d="M${places.map((place) => place.join(' ')).join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}` +
    `<text x="${Number(endX) + 10}" y="${Number(endY) + 4}" ${text.replace('#4a5568', colour)}>${name}</text>`
  );
}

const short = (value: number): string =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(Number(value.toPrecision(3)));
