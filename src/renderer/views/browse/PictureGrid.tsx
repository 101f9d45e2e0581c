/** @file The grid: of a million pictures only those in sight exist. Arrows go, Space selects, Enter looks closer. */

import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { useSize } from '../../components/useSize.ts';
import { cellAt, goTo, lookAt, setZoom, showDetail, toggleAt, useBrowse } from '../../state/browse.ts';
import { attempt } from '../../state/session.ts';
import { holds } from '../../state/spans.ts';
import { CellMenu, type MenuPlace } from './CellMenu.tsx';
import { Cell, levels } from './Cell.tsx';
import { useLongList } from './useLongList.ts';

const gapPixels = 10;
/** As the bar above. */
const sidePixels = 16;

export function PictureGrid({ workspace, total }: { workspace: string; total: number }) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const zoom = useBrowse((state) => state.zoom);
  const current = useBrowse((state) => state.current);
  const selected = useBrowse((state) => state.selected);
  const pages = useBrowse((state) => state.pages);
  const similar = useBrowse((state) => state.similar);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const level = levels[zoom]!;

  const width = Math.max(0, (size?.width ?? 0) - 2 * sidePixels);
  const columns = Math.max(1, Math.floor((width + gapPixels) / (level.pixels + gapPixels)));
  const cell = Math.floor((width + gapPixels) / columns) - gapPixels;
  const rowPixels = Math.max(1, cell) + level.text + gapPixels;
  const { first, last, topOf, height, scroller } = useLongList({
    ...{ host, size, rowPixels, padding: gapPixels },
    rows: Math.ceil(total / columns),
  });

  useEffect(() => {
    if (size) attempt(lookAt(first * columns, Math.min(last * columns, total)));
  }, [size, first, last, columns, total, pages]);
  const shown = Math.floor(current / columns);
  useEffect(() => {
    scroller.showRow(shown);
  }, [scroller, shown, columns]);
  useEffect(() => {
    if (document.activeElement === document.body) host.current?.focus();
  }, []);

  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const perPage = Math.max(1, Math.floor((size?.height ?? 0) / rowPixels)) * columns;
    if (event.key === ' ') toggleAt(current);
    else {
      const to = goal(event.key, { from: current, columns, perPage, total });
      if (to === undefined) return;
      goTo(to, event.shiftKey);
    }
    event.preventDefault();
  };
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  const currentCell = cellAt({ pages }, current);
  return (
    <>
      <div
        ref={host}
        className="browse-grid"
        role="listbox"
        aria-multiselectable
        tabIndex={0}
        aria-label="Pictures of the dataset"
        aria-activedescendant={currentCell ? cellId(current) : undefined}
        onKeyDown={press}
        onWheel={(event) => {
          if (event.ctrlKey) setZoom(zoom - Math.sign(event.deltaY));
        }}
        onContextMenu={(event) => {
          const at = placeOf(event);
          const under = at === undefined ? null : cellAt({ pages }, at);
          if (at === undefined || !under) return;
          event.preventDefault();
          goTo(at, false);
          setMenu({ x: event.clientX, y: event.clientY, cell: under });
        }}
        onClick={(event) => {
          const at = placeOf(event);
          if (at === undefined) return;
          const onCheck = (event.target as Element).closest('.browse-check') !== null;
          if (event.shiftKey) goTo(at, true);
          else if (event.ctrlKey || event.metaKey || onCheck) toggleAt(at);
          else goTo(at, false);
        }}
        onDoubleClick={(event) => {
          if (placeOf(event) !== undefined) showDetail(true);
        }}
      >
        <div className="browse-rows" style={{ height }}>
          {width > 0 &&
            rows.map((row) => (
              <div
                key={row}
                className="browse-row"
                role="presentation"
                style={{ transform: `translateY(${topOf(row)}px)`, gap: gapPixels, left: sidePixels }}
              >
                {Array.from({ length: Math.min(columns, total - row * columns) }, (_, column) => {
                  const at = row * columns + column;
                  const found = cellAt({ pages }, at);
                  return (
                    <Cell
                      key={found?.sample ?? `empty ${at}`}
                      id={cellId(at)}
                      workspace={workspace}
                      cell={found}
                      at={at}
                      total={total}
                      width={cell}
                      level={level}
                      current={at === current}
                      selected={holds(selected, at)}
                      similarity={found ? similar?.similarity.get(found.sample) : undefined}
                    />
                  );
                })}
              </div>
            ))}
        </div>
      </div>
      <CellMenu
        place={menu}
        onClose={() => {
          setMenu(null);
        }}
      />
    </>
  );
}

const cellId = (at: number): string => `picture-${at}`;

/** Place of the cell under the pointer. */
function placeOf({ target }: MouseEvent): number | undefined {
  const cell = (target as Element).closest<HTMLElement>('[data-at]');
  return cell ? Number(cell.dataset['at']) : undefined;
}

interface Way {
  from: number;
  columns: number;
  /** Places of a screen of whole rows. */
  perPage: number;
  total: number;
}

/** Where a key leads. */
export function goal(key: string, { from, columns, perPage, total }: Way): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(from - 1, 0);
    case 'ArrowRight':
      return Math.min(from + 1, total - 1);
    case 'ArrowUp':
      return from < columns ? from : from - columns;
    case 'ArrowDown':
      return from + columns < total ? from + columns : from;
    case 'PageUp':
      return from < perPage ? from % columns : from - perPage;
    case 'PageDown':
      return Math.min(from + perPage, total - 1);
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return undefined;
  }
}
