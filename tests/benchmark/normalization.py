"""What the normalising modules cost, forward and backward, against torch.nn's fused ones.

Run it with ``python tests/benchmark/normalization.py [FILE.json]``; the recorded figures are in
book/benchmarks/normalization.json. On the CPU with one thread, and on a GPU where there is one; a
device that is not listed was not measured. Each figure is the median of interleaved repetitions in
one process, in training, by input and parameters. Beside it the time to copy x: a floor for what
reads and writes memory.
"""

import os
import sys

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from runner import machine, medians, record

from gdlib import nn

SHAPES = [(64, 128), (2048, 512), (32, 64, 32, 32)]
DTYPES = [torch.float32, torch.bfloat16]
GROUPS = 32
WHO = ("gdlib", "torch.nn", "copy")


def modules(library, shape):
    """Each norm for x of this shape, from ``gdlib.nn`` or ``torch.nn``."""
    batch_norm = library.BatchNorm2d if len(shape) == 4 else library.BatchNorm1d
    return {
        "BatchNorm": batch_norm(shape[1]),
        "LayerNorm": library.LayerNorm(shape[1:]),
        "GroupNorm": library.GroupNorm(GROUPS, shape[1]),
        "RMSNorm": library.RMSNorm(shape[1:]),
    }


def step_of(module, x, g):
    """A function that goes forward and backward once and returns the gradients."""
    inputs = [x.detach().requires_grad_(), *module.parameters()]

    def step():
        return torch.autograd.grad(module(inputs[0]), inputs, g)

    return step


def cases(device):
    """(name, steps by who takes them), held to each other before they are timed."""
    for shape in SHAPES:
        for dtype in DTYPES:
            x, g = torch.randn(2, *shape, device=device, dtype=dtype)
            ours, theirs = modules(nn, shape), modules(torch.nn, shape)
            for name in ours:
                steps = {
                    "gdlib": step_of(ours[name].to(x), x, g),
                    "torch.nn": step_of(theirs[name].to(x), x, g),
                    "copy": x.clone,
                }
                tolerance = 20 * torch.finfo(dtype).eps
                for a, b in zip(steps["gdlib"](), steps["torch.nn"](), strict=True):
                    error = (a.double() - b.double()).abs().max() / b.double().abs().max()
                    assert error < tolerance, f"{name}: gradients differ by {error:.1e}"
                yield f"{name} {shape} {str(dtype).removeprefix('torch.')}", steps


def main():
    """Measure, print a table, write JSON where asked."""
    torch.set_num_threads(1)
    devices = {"cpu": f"{machine()}, one thread"}
    if torch.cuda.is_available():
        devices["cuda"] = torch.cuda.get_device_name()
    measured = {}
    for device, described in devices.items():
        wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
        print(f"{described}\n{'forward and backward, ms':42}{'gdlib':>9}{'torch.nn':>9}{'copy':>9}"
              f"{'gdlib ÷ torch.nn':>18}")  # fmt: skip
        rows = {}
        for name, steps in cases(device):
            rows[name] = row = medians(steps, seconds=1.5, wait=wait)
            times = "".join(f"{1e3 * row[who]:9.3f}" for who in WHO)
            print(f"{name:42}{times}{row['gdlib'] / row['torch.nn']:18.2f}", flush=True)
        measured[device] = {"device": described, "median_seconds": rows}
    record(sys.argv[1:], {"measured": measured}, "torch", cuda=torch.version.cuda)


if __name__ == "__main__":
    main()
