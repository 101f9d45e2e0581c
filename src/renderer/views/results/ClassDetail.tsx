/** @file Classes that are taken for others, with pictures. */

import type { ClassDetails } from '../../../preload/contract.ts';
import { Empty } from '../../components/Panel.tsx';
import { formatCount, formatShare } from '../../state/format.ts';
import { ResultPicture, type Place } from './ResultPicture.tsx';

interface Props {
  place: Place;
  details: ClassDetails;
}

export function ConfusedPairs({ place, details: { names, confused } }: Props) {
  if (confused.length === 0) return <Perfect />;
  return (
    <ul className="detail-list" tabIndex={0} aria-label="Confused pairs">
      {confused.map(({ truth, guess, count, images, pictures }) => (
        <li key={`${truth} ${guess}`}>
          <div className="detail-head">
            <span className="truncate">
              <strong>{names[truth]}</strong> <span className="muted">taken for</span> <strong>{names[guess]}</strong>
            </span>
            <span className="detail-count">
              {formatCount(count)} of {formatCount(images)}
            </span>
          </div>
          <Bar share={count / images} />
          {pictures.length > 0 && (
            <div className="detail-pictures">
              {pictures.map((picture, at) => (
                <ResultPicture
                  key={at}
                  place={place}
                  picture={picture}
                  note={`${names[truth]!}, taken for ${names[guess]!}`}
                />
              ))}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

export function WeakestClasses({ place, details: { names, weakest } }: Props) {
  if (weakest.length === 0) return <Perfect />;
  return (
    <ul className="detail-list" tabIndex={0} aria-label="Weakest classes">
      {weakest.map(({ class: index, images, hits, pictures }) => (
        <li key={index}>
          <div className="detail-head">
            <strong className="truncate">{names[index]}</strong>
            <span className="detail-count">
              {formatShare(hits / images)} <span className="muted">of {formatCount(images)}</span>
            </span>
          </div>
          <Bar share={hits / images} good />
          {pictures.length > 0 && (
            <div className="detail-pictures">
              {pictures.map((picture, at) => (
                <ResultPicture
                  key={at}
                  place={place}
                  picture={picture}
                  caption={names[picture.guess]!}
                  note={`taken for ${names[picture.guess]!}`}
                />
              ))}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Rows are what it is, columns what it was taken for; the darker, the larger the share of the row. */
export function ConfusionGrid({ names, matrix }: { names: string[]; matrix: number[][] }) {
  return (
    <div className="confusion" tabIndex={0} role="region" aria-label="Confusion of all classes">
      <table>
        <caption className="muted">Rows: what it is. Columns, in the same order: what it was taken for.</caption>
        <tbody>
          {matrix.map((row, truth) => {
            const images = row.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={truth}>
                <th scope="row" className="truncate" title={names[truth]}>
                  {names[truth]}
                </th>
                {row.map((count, guess) => (
                  <td
                    key={guess}
                    className={truth === guess ? 'confusion-right' : 'confusion-wrong'}
                    title={`${names[truth]!}, taken for ${names[guess]!}: ${formatCount(count)} of ${formatCount(images)}`}
                  >
                    <div style={{ opacity: images === 0 ? 0 : count / images }} />
                    {count > 0 && <span>{count}</span>}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Bar({ share, good = false }: { share: number; good?: boolean }) {
  return (
    <div className={good ? 'detail-bar detail-bar-good' : 'detail-bar'} aria-hidden="true">
      <div style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Perfect() {
  return (
    <Empty title="No mistakes">
      <p>Every tested picture got its own class.</p>
    </Empty>
  );
}
