"""The peer of import.ts: what a script with Pillow, webdataset and pyarrow does, in as many processes as there are cores.

    python import_peer.py make DIR          writes DIR/shards and DIR/parquet from the pairs in DIR/folder
    python import_peer.py folder|shards|parquet SOURCE [measure]

With "measure" it also finds brightness, contrast and sharpness on a copy of 192 pixels, as Distillery does; without, it only
reads, hashes and decodes. Prints {"images", "seconds", "cpuSeconds", "peakMiB"}; the last two are sums over all processes.
"""

import hashlib
import io
import json
import multiprocessing
import os
import resource
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import webdataset as wds
from PIL import Image

PER_SHARD = 1000
CORES = os.cpu_count()
SIDE = 192
MEASURE = "measure" in sys.argv[3:]


def look(name, data, caption):
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        measures = measured(picture) if MEASURE else ()
        return name, caption, *picture.size, hashlib.sha256(data).hexdigest(), *measures


def measured(picture):
    small = picture.convert("L")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    luma = np.asarray(small).astype(np.int32)
    middle = luma[1:-1, 1:-1]
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * middle
    return luma.mean() / 255, luma.std() / 255, laplacian.var()


def look_at_file(name):
    with open(name, "rb") as file:
        data = file.read()
    with open(os.path.splitext(name)[0] + ".txt") as file:
        return look(name, data, file.read())


def look_at_shard(name):
    samples = wds.WebDataset(name, shardshuffle=False, empty_check=False)
    return [look(s["__key__"], s["jpg"], s["txt"].decode()) for s in samples]


def look_at_parquet(name):
    rows = []
    for batch in pq.ParquetFile(name).iter_batches(64):
        for row in batch.to_pylist():
            rows.append(look(row["image"]["path"], row["image"]["bytes"], row["caption"]))
    return rows


def files(folder, ending):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(ending))


def make(folder):
    pictures = files(os.path.join(folder, "folder"), ".jpg")
    for kind in ("shards", "parquet"):
        os.mkdir(os.path.join(folder, kind))
    for first in range(0, len(pictures), PER_SHARD):
        shard = f"{first // PER_SHARD:05d}"
        rows = []
        with wds.TarWriter(os.path.join(folder, "shards", f"{shard}.tar")) as tar:
            for name in pictures[first : first + PER_SHARD]:
                key = os.path.basename(name)[:-4]
                with open(name, "rb") as file:
                    data = file.read()
                with open(name[:-4] + ".txt") as file:
                    caption = file.read()
                tar.write({"__key__": key, "jpg": data, "txt": caption})
                rows.append({"image": {"bytes": data, "path": f"{key}.jpg"}, "caption": caption})
        pq.write_table(
            pa.Table.from_pylist(rows), os.path.join(folder, "parquet", f"{shard}.parquet"), row_group_size=100
        )
    print(json.dumps({"images": len(pictures)}))


def peak(children):
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (own + children * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024


def main():
    kind, source = sys.argv[1:3]
    if kind == "make":
        return make(source)
    started = time.perf_counter()
    with multiprocessing.Pool(CORES) as pool:
        if kind == "folder":
            rows = pool.map(look_at_file, files(source, ".jpg"), chunksize=64)
        elif kind == "shards":
            rows = [row for shard in pool.map(look_at_shard, files(source, ".tar")) for row in shard]
        else:
            rows = [row for shard in pool.map(look_at_parquet, files(source, ".parquet")) for row in shard]
    seconds = time.perf_counter() - started
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    print(json.dumps({"images": len(rows), "seconds": seconds, "cpuSeconds": cpu, "peakMiB": peak(CORES)}))


if __name__ == "__main__":
    main()
