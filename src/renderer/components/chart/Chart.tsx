/** @file A chart on a canvas: drag zooms, Shift and drag or the wheel move, a double click shows all; the pointer is told. */

import './chart.css';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type PointerEvent } from 'react';
import { useSize } from '../useSize.ts';
import { drawChart, type ChartSpec, type Drawing, type Line } from './drawing.ts';
import { paintCanvas, type Paper } from './paint.ts';

export interface ChartProps extends Omit<ChartSpec, 'width' | 'height'> {
  /** What the picture says, for those who do not see it. */
  label: string;
  /** Ends of all that there is. */
  bounds0: readonly [number, number];
  /** Place of the pointer, in this chart or another one. */
  cursor: number | null;
  onCursor: (x: number | null) => void;
  /** Null: all. */
  onView: (view: { from: number; to: number } | null) => void;
}

const zoomStep = 1.25;
/** A drag shorter than this is a click. */
const dragPixels = 4;

export function Chart({ label, bounds0, cursor, onCursor, onView, ...spec }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(host);
  const dark = useSyncExternalStore(watchTheme, isDark);
  const [drag, setDrag] = useState<{ at: number; to: number; moves: boolean; from: number; span: number } | null>(null);
  const { from, to, logY, bounds, wholeX, formatX, formatY, lines, markers } = spec;

  const drawing = useMemo(
    () =>
      size && size.width > 120 && size.height > 60
        ? drawChart({ ...size, from, to, logY, bounds, wholeX, formatX, formatY, lines: colored(lines, dark), markers })
        : null,
    [size, from, to, logY, bounds, wholeX, formatX, formatY, lines, markers, dark],
  );

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !drawing) return;
    const ratio = window.devicePixelRatio;
    const [width, height] = [Math.round(drawing.width * ratio), Math.round(drawing.height * ratio)];
    // a canvas that is given a size is made anew
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintCanvas(context, drawing, paperOf());
  }, [drawing, dark]);

  // React listens to the wheel passively, and then the page would scroll as well
  const turn = useRef<(event: WheelEvent) => void>(undefined);
  useEffect(() => {
    turn.current = (event) => {
      if (!drawing || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.preventDefault();
      const amount = event.deltaY || event.deltaX;
      const span = to - from;
      if (event.shiftKey) {
        onView(shifted(from, to, (Math.sign(amount) * span) / 10));
        return;
      }
      const about = xAt(drawing, event.offsetX);
      const factor = amount > 0 ? zoomStep : 1 / zoomStep;
      onView({ from: about - (about - from) * factor, to: about + (to - about) * factor });
    };
  });
  useEffect(() => {
    const element = host.current;
    const listen = (event: WheelEvent): void => turn.current?.(event);
    element?.addEventListener('wheel', listen, { passive: false });
    return () => {
      element?.removeEventListener('wheel', listen);
    };
  }, []);

  const place = (event: PointerEvent): number => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const finish = (event: PointerEvent): void => {
    if (!drawing || !drag) return;
    const at = place(event);
    setDrag(null);
    if (drag.moves || Math.abs(at - drag.at) < dragPixels) return;
    const [a, b] = [xAt(drawing, drag.at), xAt(drawing, at)];
    onView({ from: Math.min(a, b), to: Math.max(a, b) });
  };
  const press = (key: string): boolean => {
    const span = to - from;
    const middle = (from + to) / 2;
    if (key === 'ArrowLeft' || key === 'ArrowRight')
      onView(shifted(from, to, (key === 'ArrowLeft' ? -span : span) / 10));
    else if (key === '+' || key === '=')
      onView({ from: middle - span / zoomStep / 2, to: middle + span / zoomStep / 2 });
    else if (key === '-') onView({ from: middle - (span * zoomStep) / 2, to: middle + (span * zoomStep) / 2 });
    else if (key === '0' || key === 'Home') onView(null);
    else return false;
    return true;
  };
  const zoomed = from !== bounds0[0] || to !== bounds0[1];
  return (
    <div
      ref={host}
      className="plot"
      role="img"
      aria-label={`${label}${zoomed ? `, shown from ${formatX(from)} to ${formatX(to)}` : ''}`}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !press(event.key)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ at: place(event), to: place(event), moves: event.shiftKey, from, span: to - from });
      }}
      onPointerMove={(event) => {
        if (!drawing) return;
        const at = place(event);
        const { left, right } = drawing.plot;
        onCursor(at < left || at > right ? null : xAt(drawing, at));
        if (!drag) return;
        if (drag.moves) {
          const start = drag.from - ((at - drag.at) / (right - left)) * drag.span;
          onView({ from: start, to: start + drag.span });
        } else setDrag({ ...drag, to: Math.max(left, Math.min(right, at)) });
      }}
      onPointerUp={finish}
      onPointerLeave={() => {
        onCursor(null);
      }}
      onDoubleClick={() => {
        onView(null);
      }}
    >
      <canvas ref={canvas} />
      {drawing && cursor !== null && cursor >= from && cursor <= to && (
        <span
          className="plot-cursor"
          style={{
            left: toPixel(drawing, cursor),
            top: drawing.plot.top,
            bottom: drawing.height - drawing.plot.bottom,
          }}
        />
      )}
      {drawing && drag && !drag.moves && Math.abs(drag.to - drag.at) >= dragPixels && (
        <span
          className="plot-selection"
          style={{
            left: Math.min(drag.at, drag.to),
            width: Math.abs(drag.to - drag.at),
            top: drawing.plot.top,
            bottom: drawing.height - drawing.plot.bottom,
          }}
        />
      )}
      {drawing?.markers.map(({ at, kind, text }, index) => (
        <span
          key={index}
          className="plot-marker"
          data-kind={kind}
          title={text}
          style={{ left: at - 5, top: drawing.plot.bottom - 10 }}
        />
      ))}
    </div>
  );
}

const shifted = (from: number, to: number, by: number) => ({ from: from + by, to: to + by });

function xAt({ plot, x }: Drawing, pixel: number): number {
  return x.from(Math.max(0, Math.min(1, (pixel - plot.left) / (plot.right - plot.left))));
}
const toPixel = ({ plot, x }: Drawing, value: number): number => plot.left + x.to(value) * (plot.right - plot.left);

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
const isDark = (): boolean => darkQuery.matches;
const watchTheme = (changed: () => void): (() => void) => {
  darkQuery.addEventListener('change', changed);
  return () => {
    darkQuery.removeEventListener('change', changed);
  };
};

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The colours of a canvas do not follow the theme by themselves: variables become what they are now. */
function colored(lines: readonly Line[], _dark: boolean): Line[] {
  return lines.map((line) => ({ ...line, color: resolveColor(line.color) }));
}
export const resolveColor = (color: string): string => (color.startsWith('--') ? variable(color) : color);

export const paperOf = (): Paper => ({
  background: variable('--surface'),
  grid: variable('--line'),
  ink: variable('--ink-3'),
  marks: { checkpoint: variable('--ink-3'), evaluation: variable('--good'), alarm: variable('--bad') },
});
