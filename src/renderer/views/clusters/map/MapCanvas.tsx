/** @file The map itself: wheel zooms, dragging moves, Shift and dragging draws a line around points, pointing shows a picture. */

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useSize } from '../../../components/useSize.ts';
import { formatCount } from '../../../state/format.ts';
import { selectPoints } from '../../../state/map.ts';
import { paint, type Colours } from '../../../state/mapColours.ts';
import { boundsOf, PointGrid, pointsInside, type MapPoints } from '../../../state/mapPoints.ts';
import { fitView, panBy, pointSize, toMap, zoomAt, type MapView, type Screen } from '../../../state/mapView.ts';
import { HoverCard } from './HoverCard.tsx';
import { createPointLayer, type PointLayer } from './pointLayer.ts';

/** Pixels from a point at which it counts as pointed at. */
const reach = 8;
const keyPan = 60;
const keyZoom = 1.4;

interface MapCanvasProps {
  workspace: string;
  points: MapPoints;
  colours: Colours;
  selected: ReadonlySet<number> | null;
  title: string;
  onKind: (kind: PointLayer['kind']) => void;
}

export function MapCanvas({ workspace, points, colours, selected, title, onKind }: MapCanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const grid = useMemo(() => new PointGrid(points.positions), [points.positions]);
  const bounds = useMemo(() => boundsOf(points.positions), [points.positions]);
  const whole = size && fitView(bounds, size);
  /** What the person made of it; of these positions only. */
  const [moved, setMoved] = useState<{ of: Float32Array; view: MapView }>();
  const view = moved?.of === points.positions ? moved.view : whole;
  const [drag, setDrag] = useState<Drag | null>(null);
  const [hover, setHover] = useState<{ point: number; x: number; y: number } | null>(null);

  const canvas = usePointLayer({ points, colours, selected, view, whole, size, onKind });

  if (!size || !whole || !view) return <div ref={host} className="map-canvas" />;
  const move = (next: MapView): void => {
    setMoved({ of: points.positions, view: next });
    setHover(null);
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const at = placeOf(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    setHover(null);
    setDrag(event.shiftKey ? { kind: 'lasso', line: [...at] } : { kind: 'pan', last: at });
  };
  const moveTo = (event: PointerEvent): void => {
    const [x, y] = placeOf(event);
    if (drag?.kind === 'pan') {
      move(panBy(view, x - drag.last[0], y - drag.last[1]));
      setDrag({ kind: 'pan', last: [x, y] });
    } else if (drag) {
      setDrag({ kind: 'lasso', line: [...drag.line, x, y] });
    } else {
      const point = grid.nearest(...toMap(view, size, x, y), reach / view.scale);
      setHover(point === undefined ? null : { point, x, y });
    }
  };
  const release = (): void => {
    if (drag?.kind === 'lasso') selectPoints(pointsInside(points.positions, lineOnMap(drag.line, view, size)));
    setDrag(null);
  };
  return (
    <div ref={host} className="map-canvas">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-label={`${title}, ${formatCount(points.images)} pictures`}
        aria-describedby="map-keys"
        data-dragging={drag?.kind}
        onPointerDown={press}
        onPointerMove={moveTo}
        onPointerUp={release}
        onPointerCancel={() => {
          setDrag(null);
        }}
        onPointerLeave={() => {
          setHover(null);
        }}
        onWheel={(event) => {
          move(zoomAt(view, size, Math.exp(-event.deltaY / 400), ...placeOf(event), whole));
        }}
        onDoubleClick={() => {
          move(whole);
        }}
        onKeyDown={(event) => {
          const next = afterKey(event, view, size, whole);
          if (!next) return;
          event.preventDefault();
          move(next);
        }}
      />
      <p id="map-keys" className="visually-hidden">
        Arrows move the map, plus and minus zoom, 0 shows all of it. Names in the legend select their pictures.
      </p>
      {drag?.kind === 'lasso' && (
        <svg className="map-lasso" aria-hidden="true">
          <polygon points={drag.line.join(' ')} />
        </svg>
      )}
      {hover && drag === null && <HoverCard workspace={workspace} points={points} screen={size} {...hover} />}
    </div>
  );
}

type Drag = { kind: 'pan'; last: [number, number] } | { kind: 'lasso'; line: number[] };

/** Within the canvas, in CSS pixels. */
const placeOf = ({ nativeEvent }: { nativeEvent: MouseEvent }): [number, number] => [
  nativeEvent.offsetX,
  nativeEvent.offsetY,
];

function lineOnMap(line: readonly number[], view: MapView, screen: Screen): Float32Array {
  const result = new Float32Array(line.length);
  for (let i = 0; i < line.length; i += 2) result.set(toMap(view, screen, line[i]!, line[i + 1]!), i);
  return result;
}

function afterKey(
  { key, ctrlKey, metaKey, altKey }: KeyboardEvent,
  view: MapView,
  screen: Screen,
  whole: MapView,
): MapView | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const zoom = (factor: number) => zoomAt(view, screen, factor, screen.width / 2, screen.height / 2, whole);
  switch (key) {
    case 'ArrowLeft':
      return panBy(view, keyPan, 0);
    case 'ArrowRight':
      return panBy(view, -keyPan, 0);
    case 'ArrowUp':
      return panBy(view, 0, keyPan);
    case 'ArrowDown':
      return panBy(view, 0, -keyPan);
    case '+':
    case '=':
      return zoom(keyZoom);
    case '-':
      return zoom(1 / keyZoom);
    case '0':
      return whole;
    default:
      return undefined;
  }
}

interface Drawn {
  points: MapPoints;
  colours: Colours;
  selected: ReadonlySet<number> | null;
  view: MapView | undefined;
  whole: MapView | undefined;
  size: Screen | undefined;
  onKind: (kind: PointLayer['kind']) => void;
}

/**
 * Keeps the canvas as it should be: positions and colours go to the graphics processor once, each view is one draw.
 * @returns the canvas's `ref`
 */
function usePointLayer(drawn: Drawn): React.RefCallback<HTMLCanvasElement> {
  const { points, colours, selected, view, whole, size, onKind } = drawn;
  const [layer, setLayer] = useState<PointLayer>();
  const [restored, setRestored] = useState(0);
  const attach = useCallback(
    (canvas: HTMLCanvasElement) => {
      const made = createPointLayer(canvas, () => {
        setRestored((before) => before + 1);
      });
      onKind(made.kind);
      setLayer(made);
      return made.dispose;
    },
    [onKind],
  );
  useEffect(() => {
    layer?.setPositions(points.positions);
  }, [layer, points.positions]);
  useEffect(() => {
    layer?.setColours(paint(colours, selected));
  }, [layer, colours, selected]);
  const { x, y, scale } = view ?? { x: 0, y: 0, scale: 0 };
  const { width, height } = size ?? { width: 0, height: 0 };
  const diameter = view && whole ? pointSize(points.images, view, whole) : 1;
  useEffect(() => {
    if (!layer || width === 0 || height === 0) return;
    // several moves of the pointer within a frame are one draw
    const frame = requestAnimationFrame(() => {
      layer.draw({ view: { x, y, scale }, width, height, size: diameter });
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [layer, x, y, scale, width, height, diameter, points.positions, colours, selected, restored]);
  return attach;
}
