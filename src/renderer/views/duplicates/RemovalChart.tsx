/** @file How many images go at each beta, with the beta that was chosen. */

import '../../components/charts.css';
import { useRef, useState } from 'react';
import type { BalanceFacts } from '../../../preload/contract.ts';
import { useSize } from '../../components/useSize.ts';
import { formatCount, formatShare, formatValue } from '../../state/format.ts';
import { removedAt, ticksTo } from '../../state/removalCurve.ts';

/** Room for the axes, in pixels. */
const margin = { top: 8, right: 12, bottom: 20, left: 40 };

export function RemovalChart({ facts }: { facts: BalanceFacts }) {
  const { curve } = facts;
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const [pointed, setPointed] = useState<number | null>(null);
  const shownBeta = pointed ?? facts.beta;
  // without leaks and decisions, which have nothing to do with beta
  const removed = curve.beta.length < 2 ? facts.removed : removedAt(curve, shownBeta);
  return (
    <section className="chart" aria-label="Removal against beta">
      <h2>
        Removal against beta
        <span>
          beta {formatValue(shownBeta)}: {formatCount(removed)} ({formatShare(removed / facts.images)})
        </span>
      </h2>
      <div ref={host} className="chart-body">
        {curve.beta.length < 2 ? (
          <p className="muted chart-none">This balance stored no curve. Balance again to get one.</p>
        ) : (
          size && <Curve facts={facts} {...size} pointed={pointed} onPoint={setPointed} />
        )}
      </div>
    </section>
  );
}

interface CurveProps {
  facts: BalanceFacts;
  width: number;
  height: number;
  /** Beta under the pointer. */
  pointed: number | null;
  onPoint: (beta: number | null) => void;
}

function Curve({ facts: { curve, beta, images }, width, height, pointed, onPoint }: CurveProps) {
  const most = Math.max(curve.beta.at(-1) ?? 0, beta);
  const share = Math.max((curve.removed.at(-1) ?? 0) / images, 1e-6);
  const [inner, tall] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  const x = (value: number): number => margin.left + (value / most) * inner;
  const y = (value: number): number => margin.top + tall - (value / images / share) * tall;
  const line = curve.beta.map((value, at) => `${x(value).toFixed(1)},${y(curve.removed[at]!).toFixed(1)}`);
  const base = margin.top + tall;
  const area = `M${x(curve.beta[0]!)},${base}L${line.join('L')}L${x(curve.beta.at(-1)!)},${base}Z`;
  const shownBeta = pointed ?? beta;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`Removed images rise to ${formatShare(share)} at beta ${formatValue(most)}; at the chosen ${formatValue(beta)} ${formatCount(removedAt(curve, beta))} go`}
      onPointerMove={(event) => {
        const at = (event.nativeEvent.offsetX - margin.left) / inner;
        onPoint(at < 0 || at > 1 ? null : at * most);
      }}
      onPointerLeave={() => {
        onPoint(null);
      }}
    >
      {ticksTo(share, 2).map((tick) => (
        <g key={tick}>
          <line
            className="chart-grid"
            x1={margin.left}
            x2={width - margin.right}
            y1={y(tick * images)}
            y2={y(tick * images)}
          />
          <text className="chart-tick" x={margin.left - 6} y={y(tick * images) + 4} textAnchor="end">
            {formatShare(tick)}
          </text>
        </g>
      ))}
      {ticksTo(most, 4).map((tick) => (
        <text key={tick} className="chart-tick" x={x(tick)} y={height - 4} textAnchor="middle">
          {Number(tick.toPrecision(3))}
        </text>
      ))}
      <path className="chart-area" d={area} />
      <path className="chart-line" d={`M${line.join('L')}`} />
      <line className="chart-mark" x1={x(beta)} x2={x(beta)} y1={margin.top} y2={base} />
      {pointed !== null && <line className="chart-pointer" x1={x(pointed)} x2={x(pointed)} y1={margin.top} y2={base} />}
      <circle className="chart-dot" cx={x(shownBeta)} cy={y(removedAt(curve, shownBeta))} r={3.5} />
    </svg>
  );
}
