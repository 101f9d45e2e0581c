/** @file A list of any length of which only the rows on the screen exist. */

import { useEffect, useRef, type RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';

interface RowsOptions {
  /** The element that scrolls. */
  host: RefObject<HTMLElement | null>;
  count: number;
  /** Height of a row, the gap below it included. */
  rowPixels: number;
  /** Space before the first row. */
  padding?: number;
  /** Row that is to be in sight; it is scrolled to when it changes. */
  shown: number;
  /** There are rows that were not read yet. */
  more: boolean;
  /** Asks for them, a screen or two before they are reached. */
  readOn: () => void;
}

export interface Rows {
  rows: { index: number; start: number }[];
  /** Of all rows, in pixels. */
  height: number;
}

const ahead = 30;

export function useRows({ host, count, rowPixels, padding = 0, shown, more, readOn }: RowsOptions): Rows {
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing of it leaves this hook but plain numbers
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => host.current,
    estimateSize: () => rowPixels,
    overscan: 6,
    paddingStart: padding,
    scrollPaddingStart: padding,
    scrollPaddingEnd: padding,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const ask = useRef(readOn);
  useEffect(() => {
    ask.current = readOn;
  }, [readOn]);
  useEffect(() => {
    if (more && last + ahead > count) ask.current();
  }, [more, last, count]);
  useEffect(() => {
    virtual.measure();
  }, [virtual, rowPixels]);
  useEffect(() => {
    if (shown >= 0) virtual.scrollToIndex(shown);
  }, [virtual, shown]);
  return { rows, height: virtual.getTotalSize() };
}
