/** @file The part of a map that is seen: its centre and how many pixels a unit is. Screen coordinates are CSS pixels, y downwards. */

import type { Box } from './mapPoints.ts';

export interface MapView {
  x: number;
  y: number;
  /** Pixels per unit of the map. */
  scale: number;
}

export interface Screen {
  width: number;
  height: number;
}

const margin = 24;
/** Of the scale that shows everything. */
const [closest, farthest] = [4000, 0.5];

/** Shows the whole box. */
export function fitView(box: Box, { width, height }: Screen): MapView {
  const room = (pixels: number): number => Math.max(1, pixels - 2 * margin);
  const scale = Math.min(
    room(width) / Math.max(box.right - box.left, 1e-9),
    room(height) / Math.max(box.top - box.bottom, 1e-9),
  );
  return { x: (box.left + box.right) / 2, y: (box.bottom + box.top) / 2, scale };
}

export const toMap = (view: MapView, { width, height }: Screen, x: number, y: number): [number, number] => [
  view.x + (x - width / 2) / view.scale,
  view.y - (y - height / 2) / view.scale,
];

export const toScreen = (view: MapView, { width, height }: Screen, x: number, y: number): [number, number] => [
  width / 2 + (x - view.x) * view.scale,
  height / 2 - (y - view.y) * view.scale,
];

/** `factor` times closer, with what lies under a point of the screen left there. */
export function zoomAt(view: MapView, screen: Screen, factor: number, x: number, y: number, whole: MapView): MapView {
  const scale = Math.min(whole.scale * closest, Math.max(whole.scale * farthest, view.scale * factor));
  const [mapX, mapY] = toMap(view, screen, x, y);
  return {
    x: mapX - (x - screen.width / 2) / scale,
    y: mapY + (y - screen.height / 2) / scale,
    scale,
  };
}

/** Moved by pixels, as a hand drags it. */
export const panBy = (view: MapView, dx: number, dy: number): MapView => ({
  ...view,
  x: view.x - dx / view.scale,
  y: view.y + dy / view.scale,
});

/** Diameter of a point in pixels: smaller the more there are, larger the closer one looks. */
export function pointSize(count: number, view: MapView, whole: MapView): number {
  const base = Math.min(7, Math.max(1.5, 260 / Math.sqrt(Math.max(1, count))));
  return Math.min(14, base * Math.max(1, view.scale / whole.scale) ** 0.3);
}
