/** @file Clusters of the kept pictures. */

import { Empty } from '../../components/Panel.tsx';

export function ClustersView() {
  return <Empty title="Clusters" />;
}
