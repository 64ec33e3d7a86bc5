"""Clipping by value against PyTorch and by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gdlib.autograd import Parameters
from gdlib.clip import by_value


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("limit", [0.1, 0.7, 10.0, math.inf])
def test_it_is_pytorchs_clip_grad_value(form, limit):
    x = np.random.default_rng(0).standard_normal((5, 4))
    parameter = torch.zeros(5, 4, dtype=torch.float64)
    parameter.grad = torch.from_numpy(x.copy())
    torch.nn.utils.clip_grad_value_([parameter], limit)
    clipped = by_value(form(x.copy()), limit=limit)
    np.testing.assert_array_equal(clipped.gradients, parameter.grad)
    assert clipped.norm == abs(x).max()
    assert clipped.rate == np.mean(abs(x) > limit)


def test_hundred_and_one_loses_its_direction():
    clipped = by_value([np.array([100.0, 1.0]), np.array(-0.5)], limit=1.0)
    assert [g.tolist() for g in clipped.gradients] == [[1, 1], -0.5]
    assert clipped.norm == 100
    assert clipped.rate == 1 / 3


def test_a_flat_vector_comes_back_flat_and_new():
    parameters = Parameters({"weight": (2,), "bias": (1,)})
    g = np.array([2.0, -3.0, 0.5])
    clipped = by_value(g, parameters, limit=1.0)
    assert clipped.gradients.tolist() == [1, -1, 0.5]
    assert g.tolist() == [2, -3, 0.5]
    assert not np.shares_memory(by_value(g, limit=9.0).gradients, g)


@settings(deadline=None)
@given(
    arrays(np.float32, st.integers(1, 20), elements=st.floats(-1e3, 1e3, width=32)),
    st.floats(2**-10, 2**10, width=32),
)
def test_signs_stay_and_clipping_twice_is_clipping_once(g, limit):
    once = by_value(g, limit=limit).gradients
    assert once.dtype == np.float32
    assert (abs(once) <= limit).all()
    assert (np.sign(once) == np.sign(g)).all()
    assert once[abs(g) <= limit].tolist() == g[abs(g) <= limit].tolist()
    np.testing.assert_array_equal(by_value(once, limit=limit).gradients, once)


@pytest.mark.parametrize("limit", [0, -0.5, math.nan])
def test_limits_that_are_not_positive_are_refused(limit):
    with pytest.raises(ValueError, match="limit must be positive, got"):
        by_value(np.ones(2), limit=limit)
