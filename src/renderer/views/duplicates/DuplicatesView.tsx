/** @file Groups of near-identical pictures. */

import { Empty } from '../../components/Panel.tsx';

export function DuplicatesView() {
  return <Empty title="Duplicates" />;
}
