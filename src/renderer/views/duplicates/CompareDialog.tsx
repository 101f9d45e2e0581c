/** @file Up to four pictures of a group, large: side by side, one over the other, or their difference; zoomed together. */

import './compare.css';
import {
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type WheelEvent,
} from 'react';
import type { ReviewMember } from '../../../preload/contract.ts';
import { IconButton } from '../../components/Button.tsx';
import { Segments } from '../../components/Segments.tsx';
import { Thumbnail } from '../../components/Thumbnail.tsx';
import { showComparison, useDuplicates } from '../../state/duplicates.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { comparedOf } from '../../state/selection.ts';
import { fitted, moved, transformOf, zoomed, type View } from '../../state/zoom.ts';

const modes = [
  { value: 'side', label: 'Side by side' },
  { value: 'overlay', label: 'Overlay' },
  { value: 'difference', label: 'Difference' },
] as const;
type Mode = (typeof modes)[number]['value'];

export function CompareDialog({ workspace, members }: { workspace: string; members: ReviewMember[] }) {
  const comparing = useDuplicates((state) => state.comparing);
  const selection = useDuplicates((state) => state.selection);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (comparing) dialog.current?.showModal();
    else dialog.current?.close();
  }, [comparing]);
  const hide = (): void => {
    showComparison(false);
  };
  return (
    <dialog ref={dialog} className="dialog compare" aria-labelledby="compare-title" onClose={hide}>
      <header>
        <h2 id="compare-title">Side by side</h2>
        <IconButton icon="close" label="Close" onClick={hide} />
      </header>
      {comparing && <Comparison workspace={workspace} members={comparedOf(selection, members)} />}
    </dialog>
  );
}

function Comparison({ workspace, members }: { workspace: string; members: ReviewMember[] }) {
  const [mode, setMode] = useState<Mode>('side');
  const [opacity, setOpacity] = useState(0.5);
  const [blink, setBlink] = useState(false);
  const [over, setOver] = useState(1);
  const [view, setView] = useState<View>(fitted);
  const host = useRef<HTMLDivElement>(null);
  // after the dialog has opened, which gives the focus to its first button
  useEffect(() => {
    queueMicrotask(() => host.current?.focus());
  }, []);
  const press = (event: KeyboardEvent): void => {
    const actions: Record<string, () => void> = {
      Escape: () => {
        showComparison(false);
      },
      s: () => {
        setMode('side');
      },
      o: () => {
        setMode('overlay');
      },
      d: () => {
        setMode('difference');
      },
      b: () => {
        setMode('overlay');
        setBlink(true);
        setOpacity((before) => (before > 0 ? 0 : 1));
      },
      '+': () => {
        setView((before) => zoomed(before, 1.25, 0, 0));
      },
      '-': () => {
        setView((before) => zoomed(before, 0.8, 0, 0));
      },
      '0': () => {
        setView(fitted);
      },
      ArrowLeft: () => {
        setView((before) => moved(before, 40, 0));
      },
      ArrowRight: () => {
        setView((before) => moved(before, -40, 0));
      },
      ArrowUp: () => {
        setView((before) => moved(before, 0, 40));
      },
      ArrowDown: () => {
        setView((before) => moved(before, 0, -40));
      },
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action || (event.target instanceof HTMLInputElement && event.key.startsWith('Arrow'))) return;
    event.preventDefault();
    action();
  };
  const top = members[Math.min(over, members.length - 1)];
  const [bottom] = members;
  const stacked = mode !== 'side' && bottom && top && members.length > 1;
  return (
    <div ref={host} className="compare-body" tabIndex={-1} onKeyDown={press}>
      {members.length > 1 && (
        <div className="compare-tools">
          <Segments
            label="How"
            value={mode}
            options={modes}
            onChange={(value) => {
              setBlink(false);
              setMode(value);
            }}
          />
          {stacked && members.length > 2 && (
            <Segments
              label="Over the first"
              value={String(over)}
              options={members.slice(1).map((_, at) => ({ value: String(at + 1), label: `1 and ${at + 2}` }))}
              onChange={(value) => {
                setOver(Number(value));
              }}
            />
          )}
          {mode === 'overlay' && (
            <label className="compare-opacity">
              First
              <input
                type="range"
                aria-label="Opacity of the second picture"
                min={0}
                max={1}
                step={0.05}
                value={opacity}
                onChange={(event) => {
                  setBlink(false);
                  setOpacity(Number(event.target.value));
                }}
              />
              second
            </label>
          )}
          <span className="muted compare-keys">
            <kbd>S</kbd> <kbd>O</kbd> <kbd>D</kbd> views · <kbd>B</kbd> blink · wheel or <kbd>+</kbd> <kbd>-</kbd> zoom
            · <kbd>0</kbd> fit
            {view.scale > 1 && ` · ${Math.round(view.scale * 100)}%`}
          </span>
        </div>
      )}
      {stacked ? (
        <div className="compare-sides">
          <figure className="compare-side">
            <Frame view={view} onView={setView}>
              <div className="compare-stack" data-mode={mode}>
                <Thumbnail workspace={workspace} sample={bottom} size={2048} />
                <div
                  className="compare-top"
                  data-blink={blink || undefined}
                  style={{ opacity: mode === 'overlay' ? opacity : 1 }}
                >
                  <Thumbnail key={top.sample} workspace={workspace} sample={top} size={2048} />
                </div>
              </div>
            </Frame>
            <div className="compare-captions">
              <Caption member={bottom} />
              <Caption member={top} />
            </div>
          </figure>
        </div>
      ) : (
        <div className="compare-sides">
          {members.map((member) => (
            <figure key={member.sample} className="compare-side" data-keep={member.keep || undefined}>
              <Frame view={view} onView={setView}>
                <Thumbnail workspace={workspace} sample={member} size={view.scale > 1 ? 2048 : 1024} />
              </Frame>
              <Caption member={member} />
            </figure>
          ))}
        </div>
      )}
    </div>
  );
}

interface FrameProps {
  view: View;
  onView: (change: (before: View) => View) => void;
  children: ReactNode;
}

/** A picture that is zoomed at the pointer and dragged, as all others beside it. */
function Frame({ view, onView, children }: FrameProps) {
  const drag = useRef<{ x: number; y: number } | null>(null);
  const wheel = (event: WheelEvent<HTMLDivElement>): void => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - left - width / 2, event.clientY - top - height / 2];
    const factor = Math.exp(-event.deltaY / 400);
    onView((before) => zoomed(before, factor, x, y));
  };
  const move = ({ clientX: x, clientY: y }: PointerEvent): void => {
    const from = drag.current;
    if (!from) return;
    drag.current = { x, y };
    onView((before) => moved(before, x - from.x, y - from.y));
  };
  const stop = (): void => {
    drag.current = null;
  };
  return (
    <div
      className="compare-picture"
      data-zoomed={view.scale > 1 || undefined}
      onWheel={wheel}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={move}
      onPointerUp={stop}
      onPointerCancel={stop}
      onDoubleClick={() => {
        onView(() => fitted);
      }}
    >
      <div className="compare-zoom" style={{ transform: transformOf(view) }}>
        {children}
      </div>
    </div>
  );
}

function Caption({ member }: { member: ReviewMember }) {
  const { keep, distance, width, height, caption, path } = member;
  return (
    <figcaption>
      <span className="compare-figures">
        <b>{formatValue(distance)}</b>
        {keep && <span className="compare-kept">kept</span>}
        {width !== null && height !== null && (
          <span className="muted">
            {formatCount(width)} × {formatCount(height)}
          </span>
        )}
      </span>
      <span className="compare-caption selectable">{caption}</span>
      <span className="muted truncate selectable" title={path}>
        {path}
      </span>
    </figcaption>
  );
}
