/** @file All pictures of a dataset. */

import { Empty } from '../../components/Panel.tsx';

export function BrowseView() {
  return (
    <Empty title="No data yet">
      <p>Import pictures with captions first.</p>
    </Empty>
  );
}
