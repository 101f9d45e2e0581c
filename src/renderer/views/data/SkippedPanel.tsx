/** @file What the import skipped, by reason, with the first items of each. */

import type { DataFacts } from '../../../preload/contract.ts';
import { Empty, Panel } from '../../components/Panel.tsx';
import { formatCount } from '../../state/format.ts';

export function SkippedPanel({ facts: { reasons, skipped } }: { facts: DataFacts }) {
  return (
    <Panel title="Skipped" tools={<span>{formatCount(skipped)}</span>}>
      {reasons.length === 0 ? (
        <Empty title="Nothing was skipped">
          <p>What cannot be read is listed here with its reason; the rest is imported.</p>
        </Empty>
      ) : (
        <ul className="reasons" tabIndex={0} aria-label="Skipped, by reason">
          {reasons.map(({ reason, count, first }) => (
            <li key={reason}>
              <details>
                <summary>
                  <span className="reason selectable">{reason}</span>
                  <strong>{formatCount(count)}</strong>
                </summary>
                <ul>
                  {first.map(({ path, detail }) => (
                    <li key={path} className="selectable">
                      <span className="mono truncate" title={path}>
                        {path}
                      </span>
                      {detail !== '' && <span className="reason-detail muted">{detail}</span>}
                    </li>
                  ))}
                  {count > first.length && <li className="muted">and {formatCount(count - first.length)} more</li>}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
