/** @file A number with its name and what stands behind it; lists of them are `<dl>`. */

import './stat.css';

export function Stat({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div className="stat">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{note}</span>
      </dd>
    </div>
  );
}
