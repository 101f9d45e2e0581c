/** @file A picture of an evaluation: a sample of a dataset, or the small copy that the evaluation kept. */

import { useState } from 'react';
import type { ResultPicture as Shown } from '../../../preload/contract.ts';
import { evaluationPictureUrl, pictureUrl } from '../../api/api.ts';
import { baseName } from '../../state/format.ts';

export interface Place {
  workspace: string;
  evaluation: number;
}

interface Props {
  place: Place;
  picture: Shown;
  /** More for the tooltip. */
  note?: string;
  /** Below it. */
  caption?: string;
  right?: boolean;
}

export function ResultPicture({ place: { workspace, evaluation }, picture, note, caption, right }: Props) {
  const [broken, setBroken] = useState(false);
  const { sample, thumbnail, name } = picture;
  const url =
    sample !== null
      ? pictureUrl(workspace, sample, 256)
      : thumbnail === null
        ? undefined
        : evaluationPictureUrl(workspace, evaluation, thumbnail);
  return (
    <figure className="result-picture" data-right={right} title={[name, ...(note ? [note] : [])].join('\n')}>
      {url === undefined || broken ? (
        <div className="picture-missing">no picture</div>
      ) : (
        <img
          src={url}
          alt={caption ?? baseName(name)}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => {
            setBroken(true);
          }}
        />
      )}
      {caption !== undefined && <figcaption className="truncate">{caption}</figcaption>}
    </figure>
  );
}
