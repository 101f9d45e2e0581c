/** @file A table a task and set of data: a row a measure, a column a model, with chance and confidence drawn. */

import type { EvaluationRow } from '../../../preload/contract.ts';
import type { ResultBlock, ResultLine } from '../../state/results.ts';
import { percentText, seenNotes, taskTitles } from '../../state/results.ts';
import { formatAge, formatCount } from '../../state/format.ts';

interface Props {
  blocks: ResultBlock[];
  /** The evaluation whose details are shown. */
  shown: number | undefined;
  onShow: (block: string, evaluation: number) => void;
}

export function ResultTables({ blocks, shown, onShow }: Props) {
  return (
    <div className="result-tables" tabIndex={0} role="region" aria-label="Results by task and data">
      {blocks.map((block) => (
        <Block key={block.key} block={block} shown={shown} onShow={onShow} />
      ))}
    </div>
  );
}

function Block({ block, shown, onShow }: { block: ResultBlock } & Omit<Props, 'blocks'>) {
  const { key, task, title, data, tested, models, rows } = block;
  const skipped = Math.max(...models.map((model) => model.skipped));
  return (
    <section className="result-block" aria-label={`${taskTitles[task] ?? task} on ${title}`}>
      <header>
        <h3>{taskTitles[task] ?? task}</h3>
        <span className="truncate" title={data}>
          {title}
        </span>
        <span className="muted">
          {formatCount(tested)} images{skipped > 0 && `, ${formatCount(skipped)} left out`}
        </span>
      </header>
      <table>
        <thead>
          <tr>
            <th scope="col">Percent</th>
            <th scope="col" className="number">
              Chance
            </th>
            {models.map((model) => (
              <th key={model.id} scope="col" aria-current={model.id === shown || undefined}>
                <button
                  type="button"
                  className="result-model"
                  aria-pressed={model.id === shown}
                  title={titleOf(model)}
                  onClick={() => {
                    onShow(key, model.id);
                  }}
                >
                  <span className="truncate">{model.model}</span>
                  {sameName(models, model) && <span className="truncate muted">{model.run}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.name} row={row} models={models.map(({ id }) => id)} />
          ))}
        </tbody>
      </table>
      {seenNotes(models).map((note) => (
        <p key={note} className="result-note">
          {note}
        </p>
      ))}
    </section>
  );
}

/** Two runs of one student: their ids tell them apart. */
const sameName = (models: readonly EvaluationRow[], { model, run }: EvaluationRow): boolean =>
  run !== null && run !== model && models.filter((other) => other.model === model).length > 1;

function titleOf({ model, run, finishedAt }: EvaluationRow): string {
  const what = run === null || run === model ? model : `${model}, run ${run}`;
  return `${what}, ${formatAge(finishedAt)}: look behind the numbers`;
}

function Line({ row: { name, chance, cells }, models }: { row: ResultLine; models: number[] }) {
  const best = Math.max(...cells.map((cell) => cell?.value ?? -1));
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number muted">{percentText(chance)}</td>
      {cells.map((cell, i) => (
        <td key={models[i]}>
          {cell && (
            <div className="result-cell">
              <strong data-best={(cells.length > 1 && cell.value === best) || undefined}>
                {percentText(cell.value)}
              </strong>
              <span className="muted">{cell.interval.map(percentText).join('–')}</span>
              <Whisker value={cell.value} interval={cell.interval} chance={chance} />
            </div>
          )}
        </td>
      ))}
    </tr>
  );
}

/** 0 to 100 percent: a dot, its 95% confidence as a line, chance as a mark. */
function Whisker({
  value,
  interval: [low, high],
  chance,
}: {
  value: number;
  interval: [number, number];
  chance: number;
}) {
  return (
    <svg className="whisker" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <line className="whisker-axis" x1="0" x2="100" y1="5" y2="5" />
      <line className="whisker-chance" x1={100 * chance} x2={100 * chance} y1="1" y2="9" />
      <line className="whisker-range" x1={100 * low} x2={100 * high} y1="5" y2="5" />
      <line className="whisker-value" x1={100 * value} x2={100 * value} y1="1" y2="9" />
    </svg>
  );
}
