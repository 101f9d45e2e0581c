"""faiss on the rows of a folder: python search_peer.py FOLDER QUERIES. Prints JSON."""

import json
import resource
import sys
import time
from pathlib import Path

import faiss
import numpy as np

folder, queries = Path(sys.argv[1]), int(sys.argv[2])
rows = np.load(folder / "all.npy", mmap_mode="r")
asked = np.load(folder / "queries.npy")
asked /= np.linalg.norm(asked, axis=1, keepdims=True)
index = faiss.IndexFlatIP(rows.shape[1])
for start in range(0, len(rows), 65536):
    index.add(rows[start : start + 65536].astype(np.float32))
seconds, ids = [], []
for query in range(queries):
    start = time.perf_counter()
    _, found = index.search(asked[query : query + 1], 10)
    seconds.append(time.perf_counter() - start)
    ids.append((found[0] + 1).tolist())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": seconds, "peakMiB": peak, "ids": ids}))
