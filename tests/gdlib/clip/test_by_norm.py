"""Clipping by norm against PyTorch, by hand, and by the laws it obeys."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gdlib.autograd import Parameters
from gdlib.clip import by_global_norm, by_norm, global_norm

ORDERS = [1, 2, math.inf]
SHAPES = [(4, 3), (4,), (2, 3, 3, 3), ()]


def draw(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(shape), dtype) for shape in SHAPES]


def torch_clipped(gradients, max_norm, order):
    """PyTorch's gradients after clipping, and the norm it returns."""
    parameters = [torch.zeros(g.shape, dtype=torch.from_numpy(g).dtype) for g in gradients]
    for p, g in zip(parameters, gradients, strict=True):
        p.grad = torch.from_numpy(g.copy())
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm, order)
    return [p.grad.numpy() for p in parameters], norm.item()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("max_norm", [0.1, 1.0, 5.0, 1e3, math.inf])
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_global_norm_is_that_of_pytorch_but_for_its_1e_6(order, max_norm, form):
    g = draw()
    theirs, their_norm = torch_clipped(g, max_norm, order)
    ours = by_global_norm([form(a.copy()) for a in g], max_norm=max_norm, order=order)
    assert ours.norm == pytest.approx(their_norm, rel=1e-13)
    factor = 1 + 1e-6 / ours.norm if ours.norm > max_norm else 1
    for a, b in zip(ours.gradients, theirs, strict=True):
        np.testing.assert_allclose(a, b * factor, rtol=1e-12)
        np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_per_tensor_norm_is_pytorch_called_on_each(order, form):
    g = draw()
    ours = by_norm([form(a.copy()) for a in g], max_norm=1.5, order=order)
    for a, norm, before in zip(ours.gradients, ours.norm, g, strict=True):
        [theirs], their_norm = torch_clipped([before], 1.5, order)
        assert norm == pytest.approx(their_norm, rel=1e-13)
        np.testing.assert_allclose(a, theirs, rtol=2e-6)
    assert ours.rate == np.mean([norm > 1.5 for norm in ours.norm])


def test_at_the_threshold_nothing_changes_where_pytorch_shrinks():
    g = np.array([3.0, 4.0])
    ours = by_global_norm(g, max_norm=5.0)
    assert ours.gradients.tolist() == [3, 4]
    assert ours.rate == 0
    [theirs], _ = torch_clipped([g], 5.0, 2)
    np.testing.assert_allclose(theirs, g * (1 - 2e-7), rtol=1e-12)


def test_for_tiny_thresholds_pytorch_stays_below_what_was_asked():
    g = np.array([3e-7, 4e-7])
    [theirs], _ = torch_clipped([g], 1e-7, 2)
    assert np.linalg.norm(theirs) == pytest.approx(1e-7 / 3, rel=1e-3)
    assert global_norm(by_global_norm(g, max_norm=1e-7).gradients) == pytest.approx(1e-7)


def test_hundred_and_one_by_hand():
    clipped = by_global_norm(np.array([100.0, 1.0]), max_norm=1.0)
    np.testing.assert_allclose(clipped.gradients, [0.99995000, 0.0099995], rtol=1e-8)
    assert clipped.norm == pytest.approx(math.sqrt(10001))
    assert clipped.rate == 1


def test_global_norm_keeps_the_direction_that_per_tensor_norm_changes():
    g = [np.array([30.0]), np.array([0.4])]
    together = by_global_norm(g, max_norm=3.0).gradients
    assert together[0] / together[1] == pytest.approx(75)
    each = by_norm(g, max_norm=3.0)
    assert each.gradients[0].tolist() == [3]
    assert each.gradients[1].tolist() == [0.4]
    assert each.norm == [30, 0.4]
    assert each.rate == 0.5


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numpy_keeps_its_dtype_and_layout(dtype):
    g = draw(dtype=dtype)
    for method in (by_norm, by_global_norm):
        for max_norm in (0.5, 1e3):
            for a, b in zip(method(g, max_norm=max_norm).gradients, g, strict=True):
                assert type(a) is np.ndarray
                assert (a.dtype, a.shape) == (b.dtype, b.shape)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_torch_keeps_its_dtype_and_rounds_once(dtype):
    g = torch.from_numpy(draw()[0]).to(dtype)
    clipped = by_global_norm(g, max_norm=0.01)
    exact = g.double() * (0.01 / g.double().norm())
    assert clipped.gradients.dtype == dtype
    torch.testing.assert_close(
        clipped.gradients.double(),
        exact.to(dtype).double(),
        rtol=2 * torch.finfo(dtype).eps,
        atol=0,
    )


@pytest.mark.parametrize("method", [by_norm, by_global_norm])
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("max_norm", [0.5, 1e3])
def test_gradients_come_back_new_and_stay_as_they_were(method, form, max_norm):
    g, before = [form(a) for a in draw()], draw()
    clipped = method(g, max_norm=max_norm).gradients
    for a, b, c in zip(clipped, g, before, strict=True):
        assert not np.shares_memory(np.asarray(a), np.asarray(b))
        np.testing.assert_array_equal(b, c)


def test_a_flat_vector_is_clipped_as_a_whole_or_by_its_parts():
    parameters = Parameters({"weight": (2, 2), "bias": (2,)})
    g = np.array([3.0, 0, 4, 0, 0.6, 0.8])
    whole = by_global_norm(g, parameters, max_norm=1.0)
    np.testing.assert_allclose(whole.gradients, g / math.sqrt(26), rtol=1e-15)
    by_part = by_norm(g, parameters, max_norm=2.0)
    np.testing.assert_allclose(by_part.gradients, [1.2, 0, 1.6, 0, 0.6, 0.8], rtol=1e-15)
    assert by_part.norm == pytest.approx({"weight": 5, "bias": 1})
    assert by_part.rate == 0.5


numbers = st.floats(-1e3, 1e3, allow_subnormal=False)
vectors = arrays(np.float64, st.integers(1, 20), elements=numbers)
thresholds = st.floats(1e-3, 1e3)


@settings(deadline=None)
@given(vectors, thresholds, st.sampled_from(ORDERS))
def test_clipping_by_norm_keeps_the_direction_and_bounds_the_norm(g, max_norm, order):
    clipped = by_global_norm(g, max_norm=max_norm, order=order)
    c = clipped.gradients
    assert np.linalg.norm(c, order) <= max_norm * (1 + 1e-14)
    np.testing.assert_allclose(
        c * np.linalg.norm(g), g * np.linalg.norm(c), rtol=1e-13, atol=1e-300
    )
    assert (np.sign(c) == np.sign(g)).all()
    if clipped.rate == 0:
        np.testing.assert_array_equal(c, g)
    else:
        assert np.linalg.norm(c, order) == pytest.approx(max_norm, rel=1e-14)


@settings(deadline=None)
@given(vectors, thresholds, st.sampled_from(ORDERS))
def test_clipping_twice_is_clipping_once(g, max_norm, order):
    once = by_global_norm(g, max_norm=max_norm, order=order).gradients
    twice = by_global_norm(once, max_norm=max_norm, order=order).gradients
    np.testing.assert_allclose(twice, once, rtol=1e-15)


@settings(deadline=None)
@given(vectors, thresholds, st.integers(-600, 600))
def test_clipping_is_the_same_in_other_units(g, max_norm, exponent):
    """Powers of two round nothing, as long as no number leaves the range of float64."""
    g = np.where(abs(g) < 1e-3, 0, g)
    unit = 2.0**exponent
    plain = by_global_norm(g, max_norm=max_norm)
    scaled = by_global_norm(g * unit, max_norm=max_norm * unit)
    np.testing.assert_allclose(scaled.gradients, plain.gradients * unit, rtol=1e-14)
    assert scaled.norm == pytest.approx(plain.norm * unit, rel=1e-14)


@pytest.mark.parametrize("method", [by_norm, by_global_norm])
@pytest.mark.parametrize("max_norm", [0, -1.0, math.nan])
def test_thresholds_that_are_not_positive_are_refused(method, max_norm):
    with pytest.raises(ValueError, match="max_norm must be positive, got"):
        method(np.ones(2), max_norm=max_norm)


def test_pytorch_flips_the_signs_for_a_negative_threshold():
    [theirs], _ = torch_clipped([np.array([3.0, 4.0])], -1.0, 2)
    np.testing.assert_allclose(theirs, [-0.6, -0.8], rtol=1e-6)
