"""The peer of step.ts: the training step of open_clip with PyTorch, as open_clip's own training does it.

    python step_peer.py FOLDER fp32|bf16 LEARNING_RATE default|fused|compiled

FOLDER holds model/, pixels.npy (bytes [n, h, w, 3]) and tokens.npy [n, t]. As in open_clip's loader the pictures are normalised before
the step and fed in float32. Takes one step for each line that it reads and answers
with a line of JSON: {"ms", "loss", "peakMiB"}. `fused` asks PyTorch for its fused AdamW, which open_clip does not;
`compiled` for torch.compile as well. On the GPU where PyTorch has one.
"""

import contextlib
import json
import math
import os
import resource
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
if device == "cpu":
    # torchvision's compiled operators are missing in CPU-only installations; nothing here calls them
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
with contextlib.redirect_stdout(sys.stderr):
    import open_clip
    from open_clip.loss import ClipLoss


def main():
    folder, precision, rate, how = sys.argv[1:]
    with contextlib.redirect_stdout(sys.stderr):
        model = open_clip.create_model(f"local-dir:{folder}/model", device=device)
    model.train()
    mean, std = (torch.tensor(model.visual.preprocess_cfg[part]).view(1, 3, 1, 1) for part in ("mean", "std"))
    pixels = torch.from_numpy(np.load(f"{folder}/pixels.npy")).permute(0, 3, 1, 2)
    pixels = ((pixels / 255 - mean) / std).contiguous()
    tokens = torch.from_numpy(np.load(f"{folder}/tokens.npy")).long()

    def excluded(name, parameter):
        return parameter.ndim < 2 or any(part in name for part in ("bn", "ln", "bias", "logit_scale"))

    named = list(model.named_parameters())
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for n, p in named if excluded(n, p)], "weight_decay": 0.0},
            {"params": [p for n, p in named if not excluded(n, p)], "weight_decay": 0.2},
        ],
        lr=float(rate),
        betas=(0.9, 0.98),
        eps=1e-6,
        **({} if how == "default" else {"fused": True}),
    )
    forward = torch.compile(model) if how == "compiled" else model
    criterion = ClipLoss()
    for _ in sys.stdin:
        started = time.perf_counter()
        optimiser.zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            image, text, scale = forward(pixels.to(device), tokens.to(device))
            loss = criterion(image, text, scale)
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        value = loss.item()
        ms = 1000 * (time.perf_counter() - started)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"ms": ms, "loss": value, "peakMiB": peak}), flush=True)


if __name__ == "__main__":
    main()
