/**
 * @file A list of rows that may be longer than an element can be high (some 33 million pixels): only rows in sight exist, and beyond a
 * limit the scroll bar runs through the list faster than the wheel does.
 */

import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';
import type { Size } from '../../components/useSize.ts';

/** Height of the element that scrolls, at most. */
const mostPixels = 8_000_000;
/** Rows above and below those in sight. */
const beyond = 2;

interface LongListOptions {
  host: RefObject<HTMLElement | null>;
  size: Size | undefined;
  rows: number;
  /** Height of a row, the gap below it included. */
  rowPixels: number;
  /** Space above the first row and below the last. */
  padding: number;
}

interface LongList {
  /** Rows `[first, last)` that are to exist. */
  first: number;
  last: number;
  /** Place of a row in the element, in pixels. */
  topOf: (row: number) => number;
  /** Height of the element. */
  height: number;
  scroller: Scroller;
}

export function useLongList({ host, size, rows, rowPixels, padding }: LongListOptions): LongList {
  const [place, setPlace] = useState<Place>({ top: 0, shift: 0 });
  const [scroller] = useState(() => new Scroller(setPlace));
  const view = size?.height ?? 0;
  const geometry = geometryOf({ rows, rowPixels, padding, view });
  const { total, height } = geometry;
  useLayoutEffect(() => {
    scroller.shape(geometryOf({ rows, rowPixels, padding, view }));
  }, [scroller, rows, rowPixels, padding, view]);
  useEffect(() => (host.current ? scroller.attach(host.current) : undefined), [scroller, host]);
  // a list that became shorter, before the element has followed
  const top = Math.min(place.top, Math.max(total - view, 0));
  return {
    first: Math.max(0, Math.floor((top - padding) / rowPixels) - beyond),
    last: Math.min(rows, Math.ceil((top + view) / rowPixels) + 1 + beyond),
    topOf: (row) => padding + row * rowPixels + place.shift,
    height,
    scroller,
  };
}

/** All in pixels. */
interface Place {
  /** Of the whole list, above the view. */
  top: number;
  /** From those to the element's own. */
  shift: number;
}

interface Geometry {
  rowPixels: number;
  padding: number;
  view: number;
  /** Of the whole list. */
  total: number;
  /** Of the element. */
  height: number;
  /** Pixels of the list for one of the scroll bar. */
  ratio: number;
}

type Shape = Pick<Geometry, 'rowPixels' | 'padding' | 'view'> & { rows: number };

function geometryOf({ rows, rowPixels, padding, view }: Shape): Geometry {
  const total = rows * rowPixels + 2 * padding;
  const height = Math.min(total, mostPixels);
  const ratio = total > height ? (total - view) / (height - view) : 1;
  return { rowPixels, padding, view, total, height, ratio };
}

/** Holds the place in the list, which the scroll bar of a long one cannot tell exactly. */
export class Scroller {
  private element: HTMLElement | undefined;
  private geometry: Geometry = geometryOf({ rows: 0, rowPixels: 1, padding: 0, view: 0 });
  private top = 0;
  private readonly tell: (change: (before: Place) => Place) => void;

  constructor(tell: (change: (before: Place) => Place) => void) {
    this.tell = tell;
  }

  attach(element: HTMLElement): () => void {
    this.element = element;
    const follow = (): void => {
      this.follow();
    };
    const turn = (event: WheelEvent): void => {
      this.turn(event);
    };
    element.addEventListener('scroll', follow, { passive: true });
    element.addEventListener('wheel', turn, { passive: false });
    return () => {
      element.removeEventListener('scroll', follow);
      element.removeEventListener('wheel', turn);
    };
  }

  /** Other rows or other heights: the same row stays on top. */
  shape(geometry: Geometry): void {
    const row = this.top / this.geometry.rowPixels;
    this.geometry = geometry;
    this.scrollTo(row * geometry.rowPixels);
  }

  /** Scrolls as little as brings a row in sight. */
  showRow(row: number): void {
    const { rowPixels, padding, view } = this.geometry;
    const end = (row + 1) * rowPixels + 2 * padding - view;
    if (row * rowPixels < this.top) this.scrollTo(row * rowPixels);
    else if (end > this.top) this.scrollTo(end);
  }

  private scrollTo(to: number): void {
    const { total, view, ratio } = this.geometry;
    const wanted = Math.min(Math.max(to, 0), Math.max(total - view, 0));
    this.element?.scrollTo({ top: wanted / ratio });
    this.move(wanted);
  }

  private move(to: number): void {
    const { ratio, rowPixels } = this.geometry;
    this.top = to;
    const shift = ratio === 1 ? 0 : (this.element?.scrollTop ?? 0) - to;
    // whole rows are enough where the element scrolls by itself
    const top = ratio === 1 ? Math.floor(to / rowPixels) * rowPixels : to;
    this.tell((before) => (before.top === top && before.shift === shift ? before : { top, shift }));
  }

  private follow(): void {
    const { ratio } = this.geometry;
    const bar = this.element?.scrollTop ?? 0;
    // the echo of a step of our own
    if (ratio !== 1 && Math.abs(bar - this.top / ratio) <= 1) return;
    this.move(bar * ratio);
  }

  /** A turn of the wheel is as long as in a short list. */
  private turn(event: WheelEvent): void {
    if (this.geometry.ratio === 1 || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    this.scrollTo(this.top + event.deltaY * (event.deltaMode === 1 ? 40 : 1));
  }
}
