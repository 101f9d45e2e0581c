/** @file The section on duplicates: the largest groups with their pictures. */

import { nameOfPicture } from '../../pictureSource.ts';
import { integer, plural, short } from '../format.ts';
import { html, type Markup } from '../html.ts';
import type { ReportBalance, ReportGroup, ReportMember } from '../input.ts';
import { shownMembers } from '../thumbnails.ts';

export function groupSection(
  balance: ReportBalance | undefined,
  pictures: ReadonlyMap<string, string>,
): Markup | undefined {
  if (!balance) return undefined;
  const shown = balance.groups.length;
  const which = shown < balance.groupCount ? ` Here are the ${shown} largest.` : '';
  return html`<section>
    <h2>Semantic duplicates</h2>
    <p>
      Pictures whose embeddings by ${balance.teacher} lie within ${short(balance.beta)} of each other form a group, and
      each group keeps the picture nearest to its centre: ${plural(balance.pairs, 'pair')} made
      ${plural(balance.groupCount, 'group')}.${which}
    </p>
    <p class="key">
      <span class="hollow" style="--mark:var(--student)">kept</span> Numbers under pictures are distances to the centre
      of the group.
    </p>
    <div class="groups">${balance.groups.map((group) => groupCard(group, pictures))}</div>
  </section>`;
}

function groupCard(group: ReportGroup, pictures: ReadonlyMap<string, string>): Markup {
  const members = shownMembers(group);
  const more = group.size - members.length;
  return html`<article class="group">
    <header>
      <h3>${plural(group.size, 'picture')}</h3>
      <span>mean distance ${group.meanDistance.toFixed(3)}</span>
    </header>
    <div class="members">
      ${members.map((member) => memberFigure(member, pictures))}${more > 0 && html`<div class="more">${integer(more)} more</div>`}
    </div>
  </article>`;
}

function memberFigure(
  { name, picture, caption, distance, keep }: ReportMember,
  pictures: ReadonlyMap<string, string>,
): Markup {
  const uri = picture === null ? undefined : pictures.get(nameOfPicture(picture));
  const missing = picture === null ? 'embedding only' : 'cannot be read';
  return html`<figure class="${keep ? 'keep' : 'drop'}">
    ${uri === undefined ? html`<div class="blank">${missing}</div>` : html`<img src="${uri}" alt="${caption}" width="120" height="120" />`}
    <figcaption>
      <b title="${name}">${name}</b><i title="${caption}">${caption}</i
      ><span>${distance.toFixed(3)}${keep && html` <span class="kept">· kept</span>`}</span>
    </figcaption>
  </figure>`;
}
