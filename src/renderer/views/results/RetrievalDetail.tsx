/** @file What captions and pictures found, of queries drawn at random. */

import type { RetrievalDetails } from '../../../preload/contract.ts';
import { formatCount } from '../../state/format.ts';
import { ResultPicture, type Place } from './ResultPicture.tsx';

interface Props {
  place: Place;
  details: RetrievalDetails;
}

const rankText = (rank: number): string => `rank ${formatCount(rank + 1)}`;

export function TextQueries({ place, details: { textToImage }, tested }: Props & { tested: number }) {
  return (
    <ul className="detail-list" tabIndex={0} aria-label="What captions find">
      {textToImage.map(({ text, rank, picture, found }, at) => (
        <li key={at}>
          <div className="detail-head">
            <span className="detail-query selectable">{text}</span>
            <span className="detail-count muted">
              {rankText(rank)} of {formatCount(tested)}
            </span>
          </div>
          <div className="detail-pictures">
            {found.map((one, order) => (
              <ResultPicture key={order} place={place} picture={one} right={one.right} caption={one.score.toFixed(3)} />
            ))}
            {!found.some(({ right }) => right) && (
              <>
                <span className="detail-own muted">its own</span>
                <ResultPicture place={place} picture={picture} right />
              </>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function ImageQueries({ place, details: { imageToText } }: Props) {
  return (
    <ul className="detail-list" tabIndex={0} aria-label="What pictures find">
      {imageToText.map(({ picture, rank, captions, found }, at) => (
        <li key={at} className="detail-image">
          <ResultPicture place={place} picture={picture} />
          <div>
            <p className="muted">{rankText(rank)}</p>
            <ol>
              {found.map(({ text, score, right }, order) => (
                <li key={order} data-right={right || undefined}>
                  <span className="truncate" title={text}>
                    {text}
                  </span>
                  <span className="muted">{score.toFixed(3)}</span>
                </li>
              ))}
            </ol>
            {!found.some(({ right }) => right) && (
              <p className="truncate" title={captions.join('\n')}>
                <span className="muted">its own:</span> {captions[0]}
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
