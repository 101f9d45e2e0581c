"""A peer on the rows and first centres of a folder: python kmeans_peer.py FOLDER PEER ITERATIONS REPEATS BATCH. Prints JSON.

PEER is faiss (faiss.Kmeans, spherical), sklearn (KMeans, Lloyd) or sklearn-mini-batch (MiniBatchKMeans, ITERATIONS passes);
those of scikit-learn know no sphere: their centres are scaled to length 1 in the end.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

folder, peer = Path(sys.argv[1]), sys.argv[2]
iterations, repeats, batch = (int(argument) for argument in sys.argv[3:6])
x, start = np.load(folder / "rows.npy"), np.load(folder / "start.npy")
clusters, d = start.shape


def faiss_centres():
    import faiss

    # as many points a centre as there are: faiss would take a sample otherwise
    kmeans = faiss.Kmeans(d, clusters, niter=iterations, spherical=True, max_points_per_centroid=10**9)
    kmeans.train(x, init_centroids=start)
    return kmeans.centroids


def sklearn_centres():
    from sklearn.cluster import KMeans

    return KMeans(clusters, init=start, n_init=1, max_iter=iterations, tol=0).fit(x).cluster_centers_


def sklearn_mini_batch_centres():
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(
        clusters, init=start, n_init=1, batch_size=batch, max_iter=iterations, max_no_improvement=None, tol=0, random_state=1
    )
    return model.fit(x).cluster_centers_


fit = {"faiss": faiss_centres, "sklearn": sklearn_centres, "sklearn-mini-batch": sklearn_mini_batch_centres}[peer]
best = float("inf")
for _ in range(repeats):
    began = time.perf_counter()
    centres = fit()
    best = min(best, time.perf_counter() - began)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
centres = centres.astype(np.float64)
centres /= np.linalg.norm(centres, axis=1, keepdims=True)
inertia = 0.0
for at in range(0, len(x), 2048):
    rows = x[at : at + 2048].astype(np.float64)
    inertia += float((2 - 2 * (rows @ centres.T).max(1)).sum())
print(json.dumps({"seconds": best, "inertia": inertia, "iterations": iterations, "peakMiB": peak}))
