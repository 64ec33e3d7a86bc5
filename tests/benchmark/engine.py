"""What a training step costs: the engine, NumPy written by hand, and PyTorch eager.

Run it with ``python tests/benchmark/engine.py [FILE.json]``; the recorded figures are in
book/benchmarks/engine.json. Each figure is the median of interleaved repetitions in one process,
one thread, float32. Convolution and LSTM are forward and backward, by input and parameters.
"""

import os
import sys
from itertools import pairwise

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import torch
from runner import medians, record

from gdlib.activation import relu
from gdlib.autograd import Tape, Tensor
from gdlib.autograd.convolution import conv2d
from gdlib.forms.numba_loop import fused_step
from gdlib.layers import LSTM, Linear, Sequential
from gdlib.loss import softmax_cross_entropy
from gdlib.optim import adam

SIZES, BATCH, LR = (64, 128, 64, 10), 64, 1e-3
IMAGES = [((64, 1, 28, 28), 16), ((64, 16, 14, 14), 32), ((32, 32, 32, 32), 64)]
N_IN, N_HIDDEN, LENGTH, SEQUENCES = 64, 128, 50, 32
RNG = np.random.default_rng(0)


def drawn(*shape):
    """Standard normal numbers in float32."""
    return RNG.standard_normal(shape, np.float32)


def hand_written(theta, x, labels):
    """The gradient of the MLP in plain NumPy, and its optimizers: {name: function of one step}."""
    views, start = [], 0
    for n_in, n_out in pairwise(SIZES):
        for shape in ((n_out, n_in), (n_out,)):
            stop = start + int(np.prod(shape))
            views.append((slice(start, stop), shape))
            start = stop
    w1, b1, w2, b2, w3, b3 = (theta[place].reshape(shape) for place, shape in views)
    rows = np.arange(BATCH)
    state = adam.init(theta)

    def gradients():
        h1 = np.maximum(x @ w1.T + b1, 0)
        h2 = np.maximum(h1 @ w2.T + b2, 0)
        z = h2 @ w3.T + b3
        z -= z.max(1, keepdims=True)
        p = np.exp(z)
        p /= p.sum(1, keepdims=True)
        loss = -np.log(p[rows, labels]).mean()
        p[rows, labels] -= 1
        p /= BATCH
        d2 = (p @ w3) * (h2 > 0)
        d1 = (d2 @ w2) * (h1 > 0)
        return loss, (d1.T @ x, d1.sum(0), d2.T @ h1, d2.sum(0), p.T @ h2, p.sum(0))

    def sgd_step():
        for (place, _), g in zip(views, gradients()[1], strict=True):
            theta[place] -= LR * g.reshape(-1)

    def adam_step():
        nonlocal state
        g = np.concatenate([g.reshape(-1) for g in gradients()[1]])
        theta[:], state = adam.step(theta, g, state, lr=LR)

    return {"SGD": sgd_step, "Adam": adam_step}


def engine(net, x, labels):
    """A step of each optimizer on the layers of gdlib."""
    state = adam.init(net.theta)

    def gradient():
        with Tape() as tape:
            loss = softmax_cross_entropy(net(x), labels)
        return tape.gradient(loss, net.parameters)

    def sgd_step():
        theta = net.theta
        theta -= LR * gradient()

    def adam_step():
        nonlocal state
        net.theta[:], state = adam.step(net.theta, gradient(), state, lr=LR)

    fused = fused_step(adam)
    fused_state = fused.init(net.theta)

    def fused_adam_step():
        fused(net.theta, gradient(), fused_state, lr=LR)

    return {"SGD": sgd_step, "Adam": adam_step, "Adam, Numba": fused_adam_step}


def eager(net, x, labels):
    """A step of each optimizer in PyTorch."""
    x, labels = torch.tensor(x), torch.tensor(labels)

    def step_of(optimizer):
        def step():
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x), labels).backward()
            optimizer.step()

        return step

    return {
        "SGD": step_of(torch.optim.SGD(net.parameters(), lr=LR)),
        "Adam": step_of(torch.optim.Adam(net.parameters(), lr=LR)),
    }


def mlp():
    """The steps of the MLP, by optimizer and by who takes them; all start from the same weights."""
    x, labels = drawn(BATCH, SIZES[0]), RNG.integers(SIZES[-1], size=BATCH)
    results = {}
    for name in ("SGD", "Adam"):
        net, net_of_numba = (layers_of_gdlib() for _ in range(2))
        first, second, third = (torch.nn.Linear(*s) for s in pairwise(SIZES))
        activation = torch.nn.ReLU()
        theirs = torch.nn.Sequential(first, activation, second, activation, third)
        theirs.load_state_dict({n: torch.tensor(a) for n, a in net.state_dict().items()})
        theta = net.theta.copy()
        results[f"MLP {'-'.join(map(str, SIZES))}, batch {BATCH}, {name}"] = steps = {
            "engine": engine(net, x, labels)[name],
            "PyTorch": eager(theirs, x, labels)[name],
            "by hand": hand_written(theta, x, labels)[name],
        }
        if name == "Adam":
            steps["engine, Numba"] = engine(net_of_numba, x, labels)["Adam, Numba"]
        for step in steps.values():
            step()
        after = torch.nn.utils.parameters_to_vector(theirs.parameters()).detach().numpy()
        np.testing.assert_allclose(net.theta, after, atol=1e-5)
        np.testing.assert_allclose(theta, after, atol=1e-5)
        if name == "Adam":
            np.testing.assert_allclose(net_of_numba.theta, after, atol=1e-5)
    return results


def layers_of_gdlib():
    """The MLP, the same weights each time."""
    first, second, third = (Linear(*s) for s in pairwise(SIZES))
    return Sequential(first, relu, second, relu, third).initialize(seed=0, dtype=np.float32)


def forward_backward(ours, arrays, theirs, tensors, g):
    """Two functions that compute y and all of ∂(g · y): the engine's and PyTorch's."""
    g_torch = torch.tensor(g)

    def engine_step():
        with Tape() as tape:
            y = ours()
        return tape.pull_back(y, lambda _: g, arrays)

    def torch_step():
        for tensor in tensors:
            tensor.grad = None
        theirs().backward(g_torch)
        return [tensor.grad.numpy() for tensor in tensors]

    for a, b in zip(engine_step(), torch_step(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3 * abs(b).max())
    return {"engine": engine_step, "PyTorch": torch_step}


def convolution():
    """Convolutions with windows of 3×3 and padding 1."""
    for (n, channels, height, width), filters in IMAGES:
        arrays = [drawn(n, channels, height, width), drawn(filters, channels, 3, 3), drawn(filters)]
        ours = [Tensor(a) for a in arrays]
        theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
        yield (
            f"conv2d ({n}, {channels}, {height}, {width}) to {filters}",
            forward_backward(
                lambda ours=ours: conv2d(*ours, padding=1),
                ours,
                lambda theirs=theirs: torch.nn.functional.conv2d(*theirs, padding=1),
                theirs,
                drawn(n, filters, height, width),
            ),
        )


def lstm():
    """An LSTM along sequences, the batch first."""
    net = LSTM(N_IN, N_HIDDEN).initialize(seed=0, dtype=np.float32)
    theirs = torch.nn.LSTM(N_IN, N_HIDDEN, batch_first=True)
    theirs.load_state_dict({n: torch.tensor(a) for n, a in net.state_dict().items()})
    array = drawn(SEQUENCES, LENGTH, N_IN)
    x, x_torch = Tensor(array), torch.tensor(array, requires_grad=True)
    name = f"LSTM {N_IN} to {N_HIDDEN}, length {LENGTH}, batch {SEQUENCES}"
    named = dict(theirs.named_parameters())
    return {
        name: forward_backward(
            lambda: net(x),
            [x, *net.parameters.values()],
            lambda: theirs(x_torch)[0],
            [x_torch, *(named[n] for n in net.parameters)],
            drawn(SEQUENCES, LENGTH, N_HIDDEN),
        )
    }


def main():
    """Measure, print a table, write JSON where asked."""
    torch.set_num_threads(1)
    rows = {}
    for name, steps in {**mlp(), **dict(convolution()), **lstm()}.items():
        rows[name] = row = medians(steps)
        print(f"{name}, one thread, float32")
        for who, seconds in row.items():
            print(
                f"  {who:16}{1e3 * seconds:9.3f} ms   engine takes {row['engine'] / seconds:.2f} ×"
            )
    record(sys.argv[1:], {"median_seconds": rows}, "numpy", "torch", threads=1)


if __name__ == "__main__":
    main()
