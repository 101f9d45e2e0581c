"""faiss.Kmeans on the rows and first centres of a folder: python kmeans_peer.py FOLDER ITERATIONS REPEATS. Prints JSON."""

import json
import resource
import sys
import time
from pathlib import Path

import faiss
import numpy as np

folder, iterations, repeats = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
x, start = np.load(folder / "rows.npy"), np.load(folder / "start.npy")
clusters, d = start.shape
best = float("inf")
for _ in range(repeats):
    # as many points a centre as there are: faiss would take a sample otherwise
    kmeans = faiss.Kmeans(d, clusters, niter=iterations, spherical=True, max_points_per_centroid=10**9)
    began = time.perf_counter()
    kmeans.train(x, init_centroids=start)
    best = min(best, time.perf_counter() - began)
inertia = 0.0
for at in range(0, len(x), 8192):
    rows = x[at : at + 8192].astype(np.float64)
    inertia += float((2 - 2 * (rows @ kmeans.centroids.T.astype(np.float64)).max(1)).sum())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": best, "inertia": inertia, "iterations": iterations, "peakMiB": peak}))
