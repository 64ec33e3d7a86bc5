"""Adaptive clipping against a loop over units, optax, and by hand."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from gdlib.autograd import Parameters
from gdlib.clip import adaptive

SHAPES = [(6, 5), (6,), (4, 3, 2, 2), (3, 4, 5), ()]


def draw(seed, scales):
    rng = np.random.default_rng(seed)
    return [np.asarray(s * rng.standard_normal(n)) for s, n in zip(scales, SHAPES, strict=True)]


def unit_by_unit(g, w, clipping, eps):
    """The paper's equation, a unit at a time."""
    if g.ndim < 2:
        g, w = g[None], w[None]
        return unit_by_unit(np.atleast_2d(g), np.atleast_2d(w), clipping, eps)[0]
    result = g.copy()
    for i in range(len(g)):
        size = max(np.sqrt((w[i] ** 2).sum()), eps)
        norm = np.sqrt((g[i] ** 2).sum())
        if norm / size > clipping:
            result[i] = clipping * size / norm * g[i]
    return result


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("clipping", [0.01, 0.3, 1.0])
def test_each_unit_is_clipped_as_in_the_paper(form, clipping):
    g, w = draw(0, [0.5, 1, 0.2, 1, 1]), draw(1, [1, 1e-5, 2, 0, 1])
    clipped = adaptive([form(a) for a in g], [form(a) for a in w], clipping=clipping)
    for ours, a, b in zip(clipped.gradients, g, w, strict=True):
        expected = unit_by_unit(a, b, clipping, 1e-3)
        np.testing.assert_allclose(ours, expected.reshape(a.shape), rtol=1e-13)
    assert [n.shape for n in clipped.norm] == [(6,), (1,), (4,), (3,), (1,)]
    np.testing.assert_allclose(clipped.norm[0], np.linalg.norm(g[0], axis=1))
    assert 0 < clipped.rate <= 1


@pytest.mark.skipif(
    find_spec("optax") is None, reason="optax not installed, one proof left out: make frameworks"
)
def test_it_is_optax_in_the_transposed_layout():
    import jax
    import optax

    g, w = draw(0, [0.5, 1, 0.2, 1, 1])[2], draw(1, [1, 1, 0.5, 0, 1])[2]
    flip = (2, 3, 1, 0)  # (out, in, height, width) → (height, width, in, out)
    with jax.enable_x64():
        transform = optax.adaptive_grad_clip(0.53)
        update = jax.jit(lambda g, w: transform.update(g, (), w)[0])
        theirs = np.asarray(update(g.transpose(flip), w.transpose(flip)))
    ours = adaptive(g, w, clipping=0.53)
    assert 0 < ours.rate < 1
    np.testing.assert_allclose(ours.gradients.transpose(flip), theirs, rtol=1e-12)


def test_units_within_their_bound_stay_bit_for_bit():
    g, w = np.array([[3.0, 4.0], [0.03, 0.04]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    clipped = adaptive(g, w, clipping=0.1)
    np.testing.assert_allclose(clipped.gradients[0], [0.06, 0.08], rtol=1e-15)
    assert clipped.gradients[1].tolist() == g[1].tolist()
    assert clipped.rate == 0.5
    assert g[0].tolist() == [3, 4]


def test_a_unit_that_starts_at_zero_can_move():
    clipped = adaptive(np.array([1.0, 0.0]), np.zeros(2), clipping=0.5, eps=0.01)
    assert clipped.gradients.tolist() == [0.005, 0]


def test_a_flat_vector_takes_its_units_from_the_parameters():
    parameters = Parameters({"weight": (2, 2), "bias": (2,)}, np.array([1.0, 0, 0, 2, 0, 0]))
    g = np.array([3.0, 4, 3, 4, 0.6, 0.8])
    clipped = adaptive(g, parameters, clipping=0.1)
    expected = [0.06, 0.08, 0.12, 0.16, 0.6e-4, 0.8e-4]
    np.testing.assert_allclose(clipped.gradients, expected, rtol=1e-14)
    assert {name: n.tolist() for name, n in clipped.norm.items()} == {"weight": [5, 5], "bias": [1]}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_torch_keeps_its_dtype(dtype):
    g, w = torch.ones(3, 4, dtype=dtype), torch.ones(3, 4, dtype=dtype)
    clipped = adaptive(g, w, clipping=0.5).gradients
    assert clipped.dtype == dtype
    assert clipped.tolist() == torch.full((3, 4), 0.5).tolist()


def test_gradients_and_weights_must_fit():
    with pytest.raises(ValueError, match="gradients and parameters must have the same shapes"):
        adaptive([np.ones(2)], [np.ones(3)])
    with pytest.raises(ValueError, match=r"the gradients are of \['a'\], the parameters \['b'\]"):
        adaptive({"a": np.ones(2)}, {"b": np.ones(2)})
    with pytest.raises(FloatingPointError, match="parameter 1 has 1 NaN and 0 infinite of 2"):
        adaptive([np.ones(2)] * 2, [np.ones(2), np.array([1.0, np.nan])])


@pytest.mark.parametrize("bad", [0, -0.01, float("nan")])
def test_thresholds_that_are_not_positive_are_refused(bad):
    with pytest.raises(ValueError, match="clipping must be positive"):
        adaptive(np.ones(2), np.ones(2), clipping=bad)
    with pytest.raises(ValueError, match="eps must be positive"):
        adaptive(np.ones(2), np.ones(2), eps=bad)
