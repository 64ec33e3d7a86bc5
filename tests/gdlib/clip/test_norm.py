"""Norms are right for many numbers, for large and small ones, and in every form."""

import math

import numpy as np
import pytest
import torch

from gdlib.clip import adaptive, by_global_norm, global_norm

ORDERS = [1, 2, math.inf]


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_25_million_float32_numbers_are_summed_to_1e_6(form):
    """All equal, the worst case: a running float32 sum of these squares is off by percents."""
    g = form(np.full(25_000_000, 0.1, np.float32))
    exact = float(np.float32(0.1))
    assert global_norm(g) == pytest.approx(exact * math.sqrt(25e6), rel=1e-10)
    assert global_norm(g, 1) == pytest.approx(exact * 25e6, rel=1e-10)
    assert global_norm(g, math.inf) == exact


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("size", [1, 7, 16_383, 16_384, 16_385, 50_000])
def test_norms_equal_an_exact_sum_at_the_edges_of_chunks(form, size):
    x = np.random.default_rng(size).standard_normal(size)
    g = form(x)
    assert global_norm(g) == pytest.approx(math.sqrt(math.fsum(x * x)), rel=1e-13)
    assert global_norm(g, 1) == pytest.approx(math.fsum(abs(x)), rel=1e-13)
    assert global_norm(g, math.inf) == max(abs(x))


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("size", [1e200, 1e-200, 1e300, 1e-300, 1e20, 1e-20, 1.0])
@pytest.mark.parametrize("order", ORDERS)
def test_squares_neither_overflow_nor_vanish(form, size, order):
    g = [form(size * np.array([3.0, 0.0])), form(size * np.array([[4.0]]))]
    expected = {1: 7, 2: 5, math.inf: 4}[order] * size
    assert global_norm(g, order) == pytest.approx(expected, rel=1e-14)
    clipped = by_global_norm(g, max_norm=size / 1000, order=order)
    for part, before in zip(clipped.gradients, g, strict=True):
        np.testing.assert_allclose(part, before / (expected / size) / 1000, rtol=1e-14)


@pytest.mark.parametrize("sizes", [(1e200, 1e-200), (1e-200, 0.0), (1.0, 1e-200), (1e19, 1e21)])
def test_tensors_of_very_different_size_join(sizes):
    g = [np.full(4, size) for size in sizes]
    assert global_norm(g) == pytest.approx(math.hypot(*(2 * size for size in sizes)), rel=1e-14)


def test_subnormal_numbers_and_zeros_have_norms():
    assert global_norm(np.array([3.0, 4.0]) * 5e-324) == 25e-324
    assert global_norm(np.zeros(3)) == 0
    assert by_global_norm(np.zeros(3), max_norm=1.0).gradients.tolist() == [0, 0, 0]


def test_a_norm_beyond_the_largest_number_is_inf_and_still_clips():
    g = np.array([1.5e308, -1.5e308])
    clipped = by_global_norm(g, max_norm=1.0)
    assert clipped.norm == math.inf
    np.testing.assert_allclose(clipped.gradients, [math.sqrt(0.5), -math.sqrt(0.5)], rtol=1e-15)


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_float32_whose_norm_exceeds_float32_is_clipped(form):
    g = form(np.full(100, 3e38, np.float32))
    clipped = by_global_norm(g, max_norm=1.0)
    assert clipped.norm == pytest.approx(3e39, rel=1e-6)
    np.testing.assert_allclose(clipped.gradients, np.full(100, 0.1), rtol=1e-6)


def test_norms_of_units_are_scaled_each_by_itself():
    g = np.array([[3e200, 4e200], [3e-200, 4e-200], [3.0, 4.0], [0.0, 0.0]])
    norm = adaptive(g, np.ones((4, 2))).norm
    np.testing.assert_allclose(norm, [5e200, 5e-200, 5, 0], rtol=1e-14)


@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_transposed_and_strided_arrays_have_the_same_norm(form):
    x = np.random.default_rng(0).standard_normal((200, 300))
    g = form(x)
    assert global_norm(g.T) == pytest.approx(global_norm(g), rel=1e-14)
    assert global_norm(g[::2, 1::3]) == pytest.approx(np.linalg.norm(x[::2, 1::3]), rel=1e-14)


def test_what_is_not_finite_shows_in_the_norm():
    assert math.isnan(global_norm([np.array([np.inf]), np.array([np.nan])]))
    assert global_norm([np.array([np.inf, 1.0])]) == math.inf
    assert math.isnan(global_norm(np.array([np.nan, 1.0]), math.inf))


def test_other_orders_are_refused():
    for order in (0, 3, -1, math.nan):
        with pytest.raises(ValueError, match="order must be 1, 2 or inf, got"):
            global_norm(np.ones(2), order)
        with pytest.raises(ValueError, match="order must be 1, 2 or inf, got"):
            by_global_norm(np.ones(2), max_norm=1.0, order=order)
