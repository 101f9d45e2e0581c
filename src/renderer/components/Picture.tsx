/** @file A member of a group as a small picture; the kept one is marked. */

import './picture.css';
import type { Member } from '../../preload/contract.ts';
import { formatValue } from '../state/format.ts';
import { Thumbnail } from './Thumbnail.tsx';

export function Picture({ workspace, member }: { workspace: string; member: Member }) {
  const { path, caption, keep, distance, width, height } = member;
  const size = width && height ? `, ${width} × ${height}` : '';
  const title = `${path}\n${caption}\ndistance ${formatValue(distance)}${size}`;
  return (
    <figure className={keep ? 'picture picture-keeper' : 'picture'} title={title}>
      <Thumbnail workspace={workspace} sample={member} />
      {keep && <figcaption>kept</figcaption>}
    </figure>
  );
}
