/** @file One picture of the grid. */

import { memo, useEffect, useState } from 'react';
import type { BrowseCell } from '../../../preload/contract.ts';
import { Icon } from '../../components/Icon.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { baseName, formatCount } from '../../state/format.ts';

interface Level {
  /** Smallest width of a cell. */
  pixels: number;
  /** Height of the words below the picture. */
  text: number;
  thumbnail: 128 | 256 | 512;
}

export const levels: readonly Level[] = [
  { pixels: 64, text: 0, thumbnail: 128 },
  { pixels: 104, text: 0, thumbnail: 128 },
  { pixels: 152, text: 38, thumbnail: 256 },
  { pixels: 220, text: 38, thumbnail: 256 },
  { pixels: 320, text: 54, thumbnail: 512 },
];

const sharper = { 128: 256, 256: 512, 512: 1024 } as const;

/** A picture that was only passed is never asked for. */
const passedMs = 60;

interface CellProps {
  id: string;
  workspace: string;
  /** Null while it is read, or where it is gone. */
  cell: BrowseCell | null;
  at: number;
  total: number;
  width: number;
  level: Level;
  current: boolean;
  selected: boolean;
  similarity: number | undefined;
}

export const Cell = memo(function Cell(props: CellProps) {
  const { id, workspace, cell, at, total, width, level, current, selected, similarity } = props;
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setWanted(true);
    }, passedMs);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  const size = devicePixelRatio > 1 ? sharper[level.thumbnail] : level.thumbnail;
  return (
    <div
      id={id}
      className="browse-cell"
      role="option"
      aria-selected={selected}
      aria-setsize={total}
      aria-posinset={at + 1}
      data-at={at}
      data-current={current || undefined}
      data-removed={cell?.removed === true || undefined}
      style={{ width }}
      title={cell ? titleOf(cell) : undefined}
    >
      <div className="browse-picture" style={{ height: width }}>
        {cell && wanted && cell.status === 'ok' && (
          <Thumbnail workspace={workspace} sample={cell} size={size} decorative />
        )}
        {cell?.status === 'skipped' && <span className="picture-missing">skipped</span>}
        {cell && <State cell={cell} />}
        <span className="browse-check">{selected && <Icon name="check" size={12} />}</span>
      </div>
      <span className={level.text > 0 ? 'browse-words' : 'visually-hidden'} style={{ height: level.text || undefined }}>
        {similarity !== undefined && <b>{similarity.toFixed(3)} </b>}
        {cell ? cell.caption || baseName(cell.path) : `Picture ${formatCount(at + 1)}`}
      </span>
    </div>
  );
});

function State({ cell: { removed, verdict } }: { cell: BrowseCell }) {
  if (!removed && verdict === null) return null;
  return (
    <span className={removed ? 'browse-state' : 'browse-state browse-kept'}>
      {verdict && <Icon name="person" size={10} />}
      {removed ? 'removed' : verdict === 'keep' ? 'kept' : 'to remove'}
    </span>
  );
}

function titleOf({ path, caption, width, height, reason }: BrowseCell): string {
  const size = width !== null && height !== null ? `${formatCount(width)} × ${formatCount(height)}` : '';
  return [path, caption, size, reason].filter(Boolean).join('\n');
}
