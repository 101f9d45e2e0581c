/** @file A sample's picture over `image://`, or a quiet place where it cannot be shown. */

import './picture.css';
import { useState } from 'react';
import type { Member } from '../../preload/contract.ts';
import { pictureUrl } from '../api/api.ts';
import { baseName, formatValue } from '../state/format.ts';

export function Picture({ workspace, member }: { workspace: string; member: Member }) {
  const [broken, setBroken] = useState(false);
  const { sample, path, caption, keep, distance, width, height } = member;
  const size = width && height ? `, ${width} × ${height}` : '';
  const title = `${path}\n${caption}\ndistance ${formatValue(distance)}${size}`;
  return (
    <figure className={keep ? 'picture picture-keeper' : 'picture'} title={title}>
      {member.hasPicture && !broken ? (
        <img
          src={pictureUrl(workspace, sample, 256)}
          alt={caption || baseName(path)}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => {
            setBroken(true);
          }}
        />
      ) : (
        <div className="picture-missing">no picture</div>
      )}
      {keep && <figcaption>kept</figcaption>}
    </figure>
  );
}
