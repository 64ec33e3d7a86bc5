"""What a step of an optimizer costs, alone and with the backward pass before it.

    python tests/benchmark/steps.py [FILE.json …] [--threads N]

On a GPU if there is one, else on the CPU, where results are recorded in
book/benchmarks/steps-cpu.json (one thread) and steps-cpu-2.json (two); a GPU's go into
steps-gpu.json. Steps of one row start from the same numbers, are held to each other after three
steps, and are then called in turn, small ones in bursts of 20. Beside them the bandwidth of a copy
in the same run: what a step that moves so many bytes could at best reach.
"""

import argparse
import os
import warnings

import numpy as np
import torch
from runner import medians, record

from gdlib import optim
from gdlib.forms.numba_loop import fused_step
from gdlib.forms.pytorch import torch_optimizer

CUDA = torch.cuda.is_available()
LAYERS, WIDTH, WORDS, PLACES = 12, (768 if CUDA else 272), 50257, 1024
LR, MAX_NORM = 1e-3, 1.0
# Bytes read and written for a parameter in float32, with and without clipping.
BYTES = {"adam": (28, 32), "rmsprop": (20, 24), "nadam": (28, 32), "lion": (20, 24)}
TORCH = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop, "nadam": torch.optim.NAdam}


def gpt2_shapes(d):
    """The 148 tensors of GPT-2 with 12 layers and width d."""
    layer = [(d,), (d,), (d, 3 * d), (3 * d,), (d, d), (d,), (d,), (d,), (d, 4 * d), (4 * d,)]
    layer += [(4 * d, d), (d,)]
    return [(WORDS, d), (PLACES, d), *LAYERS * layer, (d,), (d,)]


def cases():
    """Names of lists of tensors and their shapes."""
    if CUDA:
        return {
            "GPT-2, 148 tensors, 124 M": gpt2_shapes(WIDTH),
            "4 tensors, 1 G": 4 * [(250_000_000,)],
            "4 tensors, 1 M": 4 * [(250_000,)],
            "60 tensors of 1,024": 60 * [(1024,)],
        }
    return {
        "1 tensor, 25 M": [(25_000_000,)],
        f"GPT-2 of width {WIDTH}, 148 tensors": gpt2_shapes(WIDTH),
        "60 tensors of 1,024": 60 * [(1024,)],
    }


def drawn(shapes, device):
    """Parameters with gradients, the same for all who step them."""
    generator = torch.Generator(device).manual_seed(0)
    parameters = []
    for shape in shapes:
        p = torch.nn.Parameter(torch.randn(shape, device=device, generator=generator))
        p.grad = torch.randn(shape, device=device, generator=generator) / 1000
        parameters.append(p)
    return parameters


def torch_step(optimizer, parameters, clipped, **how):
    """A step of ``torch.optim``, after ``clip_grad_norm_`` if it is to be clipped."""
    step = optimizer.step

    def clip_and_step():
        torch.nn.utils.clip_grad_norm_(parameters, MAX_NORM, **how)
        step()

    return clip_and_step if clipped else step


def of_torch(name, parameters, clipped):
    """The ways in which PyTorch takes a step: {name: (parameters, function)}."""
    if name not in TORCH:
        return {}
    ways = {"torch for-loop": {"foreach": False}, "torch foreach": {"foreach": True}}
    if name == "adam":
        ways["torch fused"] = {"fused": True}
    found = {}
    for way, options in ways.items():
        own = parameters()
        how = {} if way == "torch fused" else options
        found[way] = own, torch_step(TORCH[name](own, LR, **options), own, clipped, **how)
    own = parameters()
    compiled = torch.compile(torch_step(TORCH[name](own, LR, foreach=True), own, clipped))
    found["torch.compile"] = own, compiled
    return found


def of_gdlib(name, parameters, clipped):
    """The rule's fused form on this device, and the plain one where PyTorch has no such rule."""
    rule, found = getattr(optim, name), {}
    options = {"max_norm": MAX_NORM} if clipped else {}
    fused = "triton" if CUDA else "numba"
    for form in (fused,) if name in TORCH else ("plain", fused):
        own = parameters()
        optimizer = torch_optimizer(rule)(own, lr=LR, implementation=form, **options)
        found[f"gdlib {form}"] = own, optimizer.step
    if not CUDA:
        own = [p.detach().numpy() for p in parameters()]
        gradients = [p.grad.numpy() for p in parameters()]
        step = fused_step(rule)
        state = step.init(own)
        found["gdlib numba, NumPy"] = own, lambda: step(own, gradients, state, lr=LR, **options)
    return found


def of_optax(name, parameters, clipped):
    """optax: jitted, the old parameters and state given away."""
    try:
        import jax
        import optax
    except ImportError:
        return {}
    rules = {"adam": optax.adam(LR), "lion": optax.lion(LR, weight_decay=0.0)}
    if name not in rules or CUDA:
        return {}
    chain = [optax.clip_by_global_norm(MAX_NORM)] if clipped else []
    rule = optax.chain(*chain, rules[name])
    given = parameters()
    gradients = [jax.numpy.asarray(p.grad.numpy()) for p in given]
    own = [jax.numpy.asarray(p.detach().numpy()) for p in given]
    state = rule.init(own)

    def update(x, g, state):
        changes, state = rule.update(g, state, x)
        return optax.apply_updates(x, changes), state

    jitted = jax.jit(update, donate_argnums=(0, 2))

    def step():
        nonlocal state
        own[:], state = jitted(own, gradients, state)
        jax.block_until_ready(own)

    return {"optax jit": (own, step)}


def agree(found):
    """Take three steps of each and hold the results to each other."""
    wanted = None
    for who, (own, step) in found.items():
        for _ in range(3):
            step()
        last = np.asarray(own[-1].detach().cpu() if isinstance(own[-1], torch.Tensor) else own[-1])
        wanted = last.copy() if wanted is None else wanted
        error = np.abs(last - wanted).max()
        assert error < 1e-4, f"{who} is off by {error:.1e}"


def alone(name, shapes, clipped, device):
    """The steps of one row."""
    ask = (name, lambda: drawn(shapes, device), clipped)
    found = {**of_torch(*ask), **of_gdlib(*ask), **of_optax(*ask)}
    agree(found)
    return {who: step for who, (_, step) in found.items()}


def whole(clipped, device):
    """Backward to updated parameters: 60 layers of 32 by 32, Adam."""
    x = torch.randn(64, 32, device=device)
    found = {}
    for who in ("torch for-loop", "torch foreach", "torch fused", "gdlib"):
        torch.manual_seed(0)
        layers = [torch.nn.Linear(32, 32, bias=False, device=device) for _ in range(60)]
        for layer in layers:
            torch.nn.init.orthogonal_(layer.weight)  # so that no gradient vanishes
        net = torch.nn.Sequential(*layers)
        own = list(net.parameters())
        if who == "gdlib":
            form = "triton" if CUDA else "numba"
            options = {"max_norm": MAX_NORM} if clipped else {}
            optimizer = torch_optimizer(optim.adam)(own, lr=LR, implementation=form, **options)
            step = optimizer.step
        else:
            kind = who.removeprefix("torch ")
            options = {"foreach": kind == "foreach"} if kind != "fused" else {"fused": True}
            optimizer = torch.optim.Adam(own, LR, **options)
            step = torch_step(optimizer, own, clipped)

        def train(net=net, optimizer=optimizer, step=step):
            optimizer.zero_grad()
            net(x).square().mean().backward()
            step()

        found[who if who != "gdlib" else f"gdlib {form}"] = train
    for step in found.values():
        step()
    return found


def bandwidth(wait):
    """GB/s that a copy of 25 M numbers (1 GB on a GPU) reads and writes."""
    n = 250_000_000 if CUDA else 25_000_000
    a = torch.ones(n, device="cuda" if CUDA else "cpu")
    b = torch.empty_like(a)
    seconds = medians({"copy": lambda: b.copy_(a)}, seconds=1, wait=wait)["copy"]
    return 8 * n / seconds / 1e9


def burst(numbers):
    """Calls timed as one: many where the tensors fit into a cache."""
    return 20 if numbers < 1_000_000 else 1


def main():
    """Measure, print a table, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each row")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if not CUDA:
        import numba

        numba.set_num_threads(given.threads)
    device = "cuda" if CUDA else "cpu"
    wait = torch.cuda.synchronize if CUDA else (lambda: None)
    warnings.filterwarnings("ignore", module="torch")
    copy, rows = bandwidth(wait), {}
    print(f"copy: {copy:.1f} GB/s, {given.threads} threads")
    for clipped in (False, True):
        with_clip = ", clipped" if clipped else ""
        for case, shapes in cases().items():
            numbers = sum(int(np.prod(s)) for s in shapes)
            for name in BYTES:
                steps = alone(name, shapes, clipped, device)
                row = medians(steps, given.seconds, least=5, burst=burst(numbers), wait=wait)
                least = BYTES[name][clipped] * numbers / copy / 1e9
                rows[f"{name}, {case}{with_clip}"] = {"bytes at copy speed": least, **row}
                show(f"{name}, {case}{with_clip}", row, least)
                torch._dynamo.reset()
        row = medians(whole(clipped, device), given.seconds, burst=10, wait=wait)
        rows[f"training step, 60 layers, adam{with_clip}"] = row
        show(f"training step, 60 layers, adam{with_clip}", row)
    gpu = {"device": torch.cuda.get_device_name()} if CUDA else {}
    measured = {"copy_gb_per_s": copy, "median_seconds": rows}
    packages = ("numpy", "torch", "numba", "triton", "jax", "optax")
    record(given.files, measured, *packages, threads=given.threads, **gpu)


def show(title, row, least=None):
    """Print one row: milliseconds, and how many times faster gdlib's fused form is."""
    ours = row["gdlib triton" if CUDA else "gdlib numba"]
    print(f"\n{title}" + (f"   (bytes at copy speed: {1e3 * least:.3f} ms)" if least else ""))
    for who, seconds in row.items():
        print(f"  {who:22}{1e3 * seconds:10.3f} ms{seconds / ours:8.2f} ×", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
    main()
