/** @file Several runs in a table: values of a metric and only the settings that differ, sorted by any of them. */

import { useState } from 'react';
import { Empty } from '../../components/Panel.tsx';
import { Icon } from '../../components/Icon.tsx';
import { Select } from '../../components/Select.tsx';
import { comparable, compareRows, differingSettings, settingText, sortRows } from '../../state/compareRuns.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { runStyle } from '../../state/runCharts.ts';
import { chooseRun, type RunData } from '../../state/runs.ts';
import { RunSwatch } from './RunSwatch.tsx';

export function CompareTable({ data }: { data: RunData[] }) {
  const metrics = comparable(data);
  const [chosen, setChosen] = useState('loss/overall');
  const [typed, setTyped] = useState('');
  const [sort, setSort] = useState({ column: 'best', descending: false });
  const metric = metrics.find(({ name }) => name === chosen) ?? metrics[0];
  const step = /^\d+$/.test(typed.trim()) ? Number(typed) : null;
  if (data.length < 2 || !metric) {
    return (
      <Empty title="Nothing to compare yet">
        <p>Tick other runs in the list: their curves are laid over these, and their settings are set side by side.</p>
      </Empty>
    );
  }
  const settings = differingSettings(data);
  const rows = sortRows(compareRows(data, metric, step), sort.column, sort.descending);
  const columns = [
    { id: 'best', label: metric.best === 'min' ? 'Least' : 'Most' },
    { id: 'bestStep', label: 'at step' },
    { id: 'last', label: 'Last' },
    ...(step === null ? [] : [{ id: 'at', label: `At step ${formatCount(step)}` }]),
    ...settings.map((name) => ({ id: `setting:${name}`, label: name })),
  ];
  return (
    <div className="run-compare">
      <div className="run-compare-tools">
        <Select
          label="Metric"
          value={metric.name}
          options={metrics.map(({ name, label }) => ({
            value: name,
            label: name.startsWith('loss/') ? `loss, ${label}` : label,
          }))}
          onChange={setChosen}
        />
        <label className="run-compare-step">
          Values at step
          <input
            className="input input-short"
            inputMode="numeric"
            value={typed}
            placeholder="none"
            onChange={(event) => {
              setTyped(event.target.value);
            }}
          />
        </label>
        <span className="muted">
          {settings.length === 0
            ? 'These runs have the same settings.'
            : `${settings.length} setting${settings.length === 1 ? ' differs' : 's differ'}; the rest is the same.`}
        </span>
      </div>
      <div className="run-compare-scroll" tabIndex={0} role="region" aria-label="Compared runs">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              {columns.map(({ id, label }) => (
                <th
                  key={id}
                  scope="col"
                  aria-sort={sort.column === id ? (sort.descending ? 'descending' : 'ascending') : 'none'}
                >
                  <button
                    type="button"
                    onClick={() => {
                      setSort({ column: id, descending: sort.column === id && !sort.descending });
                    }}
                  >
                    {label}
                    {sort.column === id && <Icon name={sort.descending ? 'descending' : 'ascending'} size={12} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ data: { facts }, place, cells }) => (
              <tr key={facts.run}>
                <th scope="row">
                  <button
                    type="button"
                    title={facts.run}
                    onClick={() => {
                      chooseRun(facts.run);
                    }}
                  >
                    <RunSwatch {...runStyle(place)} /> {place + 1} {facts.student}
                  </button>
                </th>
                {columns.map(({ id }) => {
                  const value = cells[id];
                  const text =
                    typeof value !== 'number'
                      ? settingText(value)
                      : id === 'bestStep'
                        ? formatCount(value)
                        : numberText(id, value);
                  return (
                    <td key={id} className="selectable" title={typeof value === 'number' ? String(value) : text}>
                      {text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** A setting as it was given, a measurement rounded. */
const numberText = (column: string, value: number): string =>
  column.startsWith('setting:') ? String(value) : formatValue(value);
