/** @file What can be done with one picture, at the pointer. */

import { useEffect, useRef } from 'react';
import type { BrowseCell } from '../../../preload/contract.ts';
import { request } from '../../api/api.ts';
import { showDetail } from '../../state/browse.ts';
import { decidePictures } from '../../state/browseDecisions.ts';
import { searchLike } from '../../state/browseSearch.ts';
import { attempt } from '../../state/session.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';

export interface MenuPlace {
  x: number;
  y: number;
  cell: BrowseCell;
}

export function CellMenu({ place, onClose }: { place: MenuPlace | null; onClose: () => void }) {
  const menu = useRef<HTMLDivElement>(null);
  const embedded = useWorkspace((state) => currentDataset(state)?.embeddings.some(({ complete }) => complete) === true);
  useEffect(() => {
    const element = menu.current;
    if (!element || !place) return;
    const leave = ({ target }: Event): void => {
      if (!element.contains(target as Node)) element.hidePopover();
    };
    element.showPopover();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.min(place.x, window.innerWidth - width - 4)}px`;
    element.style.top = `${Math.min(place.y, window.innerHeight - height - 4)}px`;
    element.querySelector('button')?.focus();
    document.addEventListener('pointerdown', leave);
    document.addEventListener('wheel', leave, { passive: true });
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('wheel', leave);
    };
  }, [place]);
  const entries = place && [
    {
      label: 'Look closer',
      work: () => {
        showDetail(true);
      },
      off: false,
    },
    {
      label: 'Similar pictures',
      work: () => {
        attempt(searchLike(place.cell));
      },
      off: !embedded,
    },
    {
      label: 'Keep',
      work: () => {
        attempt(decidePictures('keep', true));
      },
      off: false,
    },
    {
      label: 'Remove',
      work: () => {
        attempt(decidePictures('remove', true));
      },
      off: false,
    },
    {
      label: 'Copy the path',
      work: () => {
        attempt(request('clipboard.write', { text: place.cell.path }));
      },
      off: false,
    },
  ];
  return (
    <div
      ref={menu}
      // one that closes by itself would close when the button is let go that opened it
      popover="manual"
      className="browse-menu"
      role="group"
      aria-label="Picture"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' && event.key !== 'Tab') return;
        menu.current?.hidePopover();
        document.querySelector<HTMLElement>('.browse-grid')?.focus();
      }}
      onToggle={(event) => {
        if (event.newState === 'closed') onClose();
      }}
    >
      {entries?.map(({ label, work, off }) => (
        <button
          key={label}
          type="button"
          disabled={off}
          onClick={() => {
            menu.current?.hidePopover();
            work();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
