"""Every operation against finite differences and against torch.autograd."""

import numpy as np
import pytest
import torch

from gdlib.autograd import DERIVATIVES, Tape, Tensor, logsumexp
from gdlib.gradient import check_gradient


def spaced(*shape, seed=0):
    """Numbers of both signs, no two of which are close: kinks and ties lie between them."""
    size = int(np.prod(shape))
    order = np.random.default_rng(seed).permutation(size)
    return ((order - size / 2 + 0.37) * 1.7 / size).reshape(shape)


def positive(*shape, seed=0):
    return np.abs(spaced(*shape, seed=seed)) + 0.3


MASK = spaced(3, 4, seed=5) > 0
ROWS = np.array([2, 0, 2, 1])

# name: NumPy's form, torch's form, inputs
CASES = {
    "negative": (lambda x: -x, lambda x: -x, [spaced(3, 4)]),
    "absolute": (np.abs, torch.abs, [spaced(3, 4)]),
    "exp": (np.exp, torch.exp, [spaced(3, 4)]),
    "expm1": (np.expm1, torch.expm1, [spaced(3, 4)]),
    "log": (np.log, torch.log, [positive(3, 4)]),
    "log1p": (np.log1p, torch.log1p, [positive(3, 4)]),
    "sqrt": (np.sqrt, torch.sqrt, [positive(3, 4)]),
    "square": (np.square, torch.square, [spaced(3, 4)]),
    "reciprocal": (np.reciprocal, torch.reciprocal, [positive(3, 4)]),
    "sin": (np.sin, torch.sin, [spaced(3, 4)]),
    "cos": (np.cos, torch.cos, [spaced(3, 4)]),
    "tanh": (np.tanh, torch.tanh, [spaced(3, 4)]),
    "add a row": (lambda a, b: a + b, lambda a, b: a + b, [spaced(3, 4), spaced(4)]),
    "add a number": (lambda a, b: a + b, lambda a, b: a + b, [spaced(3, 4), spaced()]),
    "subtract a column": (lambda a, b: a - b, lambda a, b: a - b, [spaced(3, 4), spaced(3, 1)]),
    "number minus array": (lambda a: 2.0 - a, lambda a: 2.0 - a, [spaced(3)]),
    "multiply outer": (lambda a, b: a * b, lambda a, b: a * b, [spaced(3, 1), spaced(1, 4)]),
    "divide": (lambda a, b: a / b, lambda a, b: a / b, [spaced(2, 3, 4), positive(3, 1)]),
    "number over array": (lambda a: 1 / a, lambda a: 1 / a, [positive(3)]),
    "maximum": (np.maximum, torch.maximum, [spaced(3, 4), spaced(3, 4, seed=1)]),
    "minimum": (np.minimum, torch.minimum, [spaced(3, 4), spaced(3, 4, seed=1)]),
    "logaddexp": (np.logaddexp, torch.logaddexp, [spaced(3, 4), spaced(4, seed=1)]),
    "square by **": (lambda a: a**2, lambda a: a**2, [spaced(3, 4)]),
    "cube": (lambda a: a**3, lambda a: a**3, [spaced(3, 4)]),
    "power": (lambda a, b: a**b, lambda a, b: a**b, [positive(3, 4), spaced(4)]),
    "number to the power": (lambda b: 2.0**b, lambda b: 2.0**b, [spaced(4)]),
    "matmul": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(3, 4), spaced(4, 2)]),
    "matrix · vector": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(3, 4), spaced(4)]),
    "vector · matrix": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(3), spaced(3, 4)]),
    "vector · vector": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(3), spaced(3, seed=1)]),
    "batched matmul": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(5, 3, 4), spaced(4, 2)]),
    "stretched matmul": (
        lambda a, b: a @ b,
        lambda a, b: a @ b,
        [spaced(1, 3, 4), spaced(5, 4, 2)],
    ),
    "batch · vector": (lambda a, b: a @ b, lambda a, b: a @ b, [spaced(5, 3, 4), spaced(4)]),
    "array · matrix": (lambda b: spaced(2, 3) @ b, None, [spaced(3, 4)]),
    "dot": (np.dot, torch.matmul, [spaced(3, 4), spaced(4)]),
    "row": (lambda a: a[1], lambda a: a[1], [spaced(3, 4)]),
    "slice": (lambda a: a[:, 1:3], lambda a: a[:, 1:3], [spaced(3, 4)]),
    "every other, backwards": (lambda a: a[::-2], lambda a: a.flip(0)[::2], [spaced(3, 4)]),
    "new axis": (lambda a: a[:, None, 0], lambda a: a[:, None, 0], [spaced(3, 4)]),
    "rows taken twice": (lambda a: a[ROWS], lambda a: a[torch.tensor(ROWS)], [spaced(3, 4)]),
    "pairs of indices": (
        lambda a: a[ROWS, ROWS],
        lambda a: a[torch.tensor(ROWS), torch.tensor(ROWS)],
        [spaced(3, 4)],
    ),
    "mask": (lambda a: a[MASK], lambda a: a[torch.tensor(MASK)], [spaced(3, 4)]),
    "sum": (lambda a: a.sum(), torch.sum, [spaced(3, 4)]),
    "sum along": (lambda a: a.sum(1), lambda a: a.sum(1), [spaced(3, 4)]),
    "sum along two": (
        lambda a: np.sum(a, axis=(0, 2), keepdims=True),
        lambda a: a.sum((0, 2), keepdim=True),
        [spaced(2, 3, 4)],
    ),
    "mean": (lambda a: a.mean(), torch.mean, [spaced(3, 4)]),
    "mean along": (lambda a: np.mean(a, -1), lambda a: a.mean(-1), [spaced(2, 3, 4)]),
    "var": (lambda a: np.var(a, axis=0), lambda a: a.var(0, correction=0), [spaced(3, 4)]),
    "unbiased var": (lambda a: np.var(a, ddof=1), lambda a: a.var(), [spaced(3, 4)]),
    "max": (lambda a: a.max(), torch.amax, [spaced(3, 4)]),
    "max along": (lambda a: a.max(1), lambda a: a.amax(1), [spaced(3, 4)]),
    "min along": (
        lambda a: np.min(a, axis=0, keepdims=True),
        lambda a: a.amin(0, keepdim=True),
        [spaced(3, 4)],
    ),
    "reshape": (lambda a: a.reshape(2, -1), lambda a: a.reshape(2, -1), [spaced(3, 4)]),
    "ravel": (np.ravel, torch.ravel, [spaced(3, 4)]),
    "transpose": (lambda a: a.T, lambda a: a.T, [spaced(3, 4)]),
    "permute": (
        lambda a: a.transpose(2, 0, 1),
        lambda a: a.permute(2, 0, 1),
        [spaced(2, 3, 4)],
    ),
    "swapaxes": (
        lambda a: np.swapaxes(a, 0, 2),
        lambda a: a.swapaxes(0, 2),
        [spaced(2, 3, 4)],
    ),
    "expand_dims": (lambda a: np.expand_dims(a, 1), lambda a: a.unsqueeze(1), [spaced(3, 4)]),
    "squeeze": (np.squeeze, torch.squeeze, [spaced(3, 1, 4)]),
    "broadcast_to": (
        lambda a: np.broadcast_to(a, (2, 3, 4)),
        lambda a: a.expand(2, 3, 4),
        [spaced(3, 1)],
    ),
    "where": (
        lambda a, b: np.where(MASK, a, b),
        lambda a, b: torch.where(torch.tensor(MASK), a, b),
        [spaced(3, 4), spaced(4)],
    ),
    "clip": (lambda a: np.clip(a, -0.4, 0.3), lambda a: a.clamp(-0.4, 0.3), [spaced(3, 4)]),
    "concatenate": (
        lambda a, b: np.concatenate([a, b], axis=1),
        lambda a, b: torch.cat([a, b], 1),
        [spaced(3, 4), spaced(3, 2)],
    ),
    "concatenate with itself": (
        lambda a: np.concatenate([a, 2 * a]),
        lambda a: torch.cat([a, 2 * a]),
        [spaced(3, 4)],
    ),
    "stack": (
        lambda a, b: np.stack([a, b], axis=1),
        lambda a, b: torch.stack([a, b], 1),
        [spaced(3, 4), spaced(3, 4, seed=1)],
    ),
    "logsumexp": (logsumexp, lambda a: torch.logsumexp(a, (0, 1)), [spaced(3, 4)]),
    "logsumexp along": (
        lambda a: logsumexp(a, axis=-1, keepdims=True),
        lambda a: torch.logsumexp(a, -1, keepdim=True),
        [30 * spaced(3, 4)],
    ),
    "one tensor many times": (
        lambda a: a * a + a @ a.T + np.exp(a) - a.sum(0),
        lambda a: a * a + a @ a.T + torch.exp(a) - a.sum(0),
        [spaced(3, 3)],
    ),
}


def weighted(f, weights):
    """The number Σ weights · f, so that every element's gradient matters, each differently."""
    return lambda *inputs: (f(*inputs) * weights).sum()


def gradients(f, inputs):
    tensors = [Tensor(x) for x in inputs]
    with Tape() as tape:
        y = f(*tensors)
    return tape.gradient(y, tensors)


@pytest.mark.parametrize("name", CASES)
def test_gradient_agrees_with_finite_differences(name):
    f, _, inputs = CASES[name]
    whole = weighted(f, spaced(*np.shape(f(*inputs)), seed=9))
    found = gradients(whole, inputs)
    for i, g in enumerate(found):

        def of_one(x, i=i):
            return whole(*inputs[:i], x, *inputs[i + 1 :])

        assert check_gradient(of_one, lambda _, g=g: g, np.asarray(inputs[i])).error <= 1e-6


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name][1] is not None])
def test_value_and_gradient_agree_with_torch(name):
    f, f_torch, inputs = CASES[name]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in inputs]
    y = f_torch(*theirs)
    np.testing.assert_allclose(f(*inputs), y.detach().numpy(), rtol=1e-12, atol=1e-12)
    weights = spaced(*y.shape, seed=9)
    (y * torch.tensor(weights)).sum().backward()
    for ours, their in zip(gradients(weighted(f, weights), inputs), theirs, strict=True):
        np.testing.assert_allclose(ours, their.grad.numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name):
    f, _, inputs = CASES[name]
    if name == "array · matrix":
        return
    inputs = [x.astype(np.float32) for x in inputs]
    with Tape():
        y = f(*map(Tensor, inputs))
    assert y.dtype == np.float32
    found = gradients(lambda *a: f(*a).sum(), inputs)
    assert [g.dtype for g in found] == [np.float32] * len(inputs)


def test_every_registered_function_is_in_a_case():
    used = set()
    for f, _, inputs in CASES.values():
        with Tape() as tape:
            f(*map(Tensor, inputs))
        used |= {name for _, name, _ in tape.nodes}
    registered = {getattr(function, "__name__", function) for function in DERIVATIVES}
    assert registered - {"dot"} <= used
    assert {"logsumexp"} <= used


def test_ties_share_the_gradient_as_in_torch():
    x = np.array([1.0, 3.0, 3.0])
    assert gradients(lambda a: a.max(), [x])[0].tolist() == [0, 0.5, 0.5]
    assert [g.tolist() for g in gradients(lambda a, b: np.maximum(a, b).sum(), [x, x])] == [
        [0.5, 0.5, 0.5]
    ] * 2


def test_powers_of_zero():
    zero = np.zeros(1)
    assert gradients(lambda a: (a**0).sum(), [zero])[0].tolist() == [0]
    assert gradients(lambda a: (a**1).sum(), [zero])[0].tolist() == [1]
    assert gradients(lambda b: (zero**b).sum(), [np.array([2.0])])[0].tolist() == [0]


def test_logsumexp_of_extreme_rows():
    rows = np.array([[1000.0, 1000.0], [-np.inf, -np.inf], [np.inf, 0.0], [-1000.0, 0.0]])
    expected = [1000 + np.log(2), -np.inf, np.inf, 0]
    np.testing.assert_allclose(logsumexp(rows, axis=1), expected)
