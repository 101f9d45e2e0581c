"""The peer of embed.ts: open_clip with PyTorch over the same files, with its own preprocessing.

    python embed_peer.py MODEL_FOLDER FILES.json BATCH OUT_FOLDER

On the GPU where PyTorch has one. Prints one JSON array of {"precision", "loader", "seconds"}; leaves fp32.npy and bf16.npy, the embeddings [n, d], in OUT_FOLDER.
"""

import contextlib
import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from PIL import Image

device = "cuda" if torch.cuda.is_available() else "cpu"
if device == "cpu":
    # torchvision's compiled operators are missing in CPU-only installations; nothing here calls them
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
with contextlib.redirect_stdout(sys.stderr):
    import open_clip


class Pictures(torch.utils.data.Dataset):
    def __init__(self, files, prepare):
        self.files, self.prepare = files, prepare

    def __len__(self):
        return len(self.files)

    def __getitem__(self, row):
        return self.prepare(Image.open(self.files[row]))


def embed(model, pictures, batch, precision, workers):
    loader = torch.utils.data.DataLoader(pictures, batch_size=batch, num_workers=workers, pin_memory=device == "cuda")
    dtype = torch.bfloat16 if precision == "bf16 weights" else torch.float32
    started = time.perf_counter()
    rows = []
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=precision == "bf16 autocast"):
        for pixels in loader:
            rows.append(model.encode_image(pixels.to(device, dtype), normalize=True).float())
    return torch.cat(rows).cpu().numpy(), time.perf_counter() - started


def main():
    folder, files, batch, out = sys.argv[1:]
    batch = int(batch)
    with open(files) as file:
        files = json.load(file)
    results = []
    for precision in ("fp32", "bf16 autocast", "bf16 weights"):
        model, _, prepare = open_clip.create_model_and_transforms(
            f"local-dir:{folder}", precision="bf16" if precision == "bf16 weights" else "fp32", device=device
        )
        model.eval()
        embed(model, Pictures(files[:batch], prepare), batch, precision, 0)  # warms up
        for workers in (0, os.cpu_count()):
            rows, seconds = embed(model, Pictures(files, prepare), batch, precision, workers)
            loader = f"{workers} loader processes" if workers else "loading in the main process"
            results.append({"precision": precision, "loader": loader, "seconds": seconds})
            np.save(os.path.join(out, f"{precision.split()[0]}.npy"), rows)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
