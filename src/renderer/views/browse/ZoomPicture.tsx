/** @file One picture, large: the wheel zooms at the pointer, dragging moves it, a double click fits it again. */

import { useEffect, useRef, useState } from 'react';
import type { BrowseDetail } from '../../../preload/contract.ts';
import { IconButton } from '../../components/Button.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { fitted, moved, transformOf, zoomed, type View } from '../../state/zoom.ts';

export function ZoomPicture({ workspace, sample }: { workspace: string; sample: BrowseDetail }) {
  const host = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>(fitted);
  const drag = useRef<{ x: number; y: number } | null>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    // a listener of React could not keep the panel from scrolling
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [event.clientX - left - width / 2, event.clientY - top - height / 2];
      setView((before) => zoomed(before, Math.exp(-event.deltaY / 400), x, y));
    };
    element.addEventListener('wheel', turn, { passive: false });
    return () => {
      element.removeEventListener('wheel', turn);
    };
  }, []);
  return (
    <div className="browse-large">
      <div
        ref={host}
        className="browse-frame"
        data-zoomed={view.scale > 1 || undefined}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from) return;
          const [x, y] = [event.clientX - from.x, event.clientY - from.y];
          drag.current = { x: event.clientX, y: event.clientY };
          setView((before) => moved(before, x, y));
        }}
        onPointerUp={() => {
          drag.current = null;
        }}
        onDoubleClick={() => {
          setView((before) => (before.scale > 1 ? fitted : zoomed(before, 3, 0, 0)));
        }}
      >
        <div className="browse-zoomed" style={{ transform: transformOf(view) }}>
          {/* as many pixels as it has only where somebody looks that closely */}
          <Thumbnail
            key={view.scale > 1.5 ? 'close' : 'whole'}
            workspace={workspace}
            sample={sample}
            size={view.scale > 1.5 ? 2048 : 1024}
          />
        </div>
      </div>
      <div className="browse-zoom-tools">
        <IconButton
          icon="minus"
          label="Zoom out"
          disabled={view.scale === 1}
          onClick={() => {
            setView((before) => zoomed(before, 1 / 1.5, 0, 0));
          }}
        />
        <IconButton
          icon="plus"
          label="Zoom in"
          onClick={() => {
            setView((before) => zoomed(before, 1.5, 0, 0));
          }}
        />
      </div>
    </div>
  );
}
