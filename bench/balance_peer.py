"""faiss-cpu on the rows of a folder: python balance_peer.py FOLDER BETA REPEATS QUERIES. Prints JSON, and compares the pairs.

Only the first QUERIES rows are searched for; the time is scaled to all. Where PyTorch has a GPU, all products of one
half of the matrix are computed there in float32 as well, in blocks, which is what one writes by hand.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

try:
    import faiss
except ImportError:
    faiss = None
try:
    import torch
except ImportError:
    torch = None

folder, beta, repeats = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
x = np.load(folder / "rows.npy").astype(np.float32)
x /= np.linalg.norm(x, axis=1, keepdims=True)
n, d = x.shape
queries = x[: int(sys.argv[4])]


def seconds(run):
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        best = min(best, time.perf_counter() - start)
    return best * n / len(queries), result


searches = []
indexes = [("L2", faiss.IndexFlatL2(d), beta * beta), ("IP", faiss.IndexFlatIP(d), 1 - beta * beta / 2)] if faiss else []
for name, index, radius in indexes:
    index.add(x)
    for k in (16, 32):
        searches.append({"name": f"faiss IndexFlat{name} search, k = {k}", "seconds": seconds(lambda: index.search(queries, k))[0]})
    took, (ends, _, found) = seconds(lambda: index.range_search(queries, radius))
    searches.append({"name": f"faiss IndexFlat{name} range_search", "seconds": took})
    if name == "L2":
        first = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
        theirs = first * n + found
        theirs = theirs[first < found]

if torch and torch.cuda.is_available():

    def products_on_gpu():
        rows = torch.from_numpy(x).cuda()
        least = 1 - beta * beta / 2
        blocks = []
        for start in range(0, n, 4096):
            pairs = (rows[start : start + 4096] @ rows[start:].T >= least).nonzero()
            blocks.append((pairs[pairs[:, 0] < pairs[:, 1]] + start).cpu())
        return torch.cat(blocks)

    products_on_gpu()
    took, found = seconds(products_on_gpu)
    # all rows were compared, so nothing is scaled
    searches.append({"name": "PyTorch on the GPU, float32", "seconds": took * len(queries) / n})
    if not faiss:
        found = found[found[:, 0] < len(queries)].numpy()
        theirs = found[:, 0] * n + found[:, 1]

ours = np.load(folder / "pairs.npy").astype(np.int64)
ours = ours[ours[:, 0] < len(queries)]
differing = np.setxor1d(ours[:, 0] * n + ours[:, 1], theirs)
gaps = [abs(np.linalg.norm(x[p // n].astype(float) - x[p % n].astype(float)) - beta) for p in differing[:10000]]
report = {
    "searches": searches,
    "pairs": len(theirs),
    "differing": len(differing),
    "differingBy": float(max(gaps, default=0)),
    "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}
print(json.dumps(report))
