/** @file The pairs of a dataset. */

import { Empty } from '../../components/Panel.tsx';

export function DataView() {
  return <Empty title="Data" />;
}
