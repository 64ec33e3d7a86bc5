"""Lyapunov exponents against closed forms."""

import numpy as np
import pytest

from gdlib.layers import RNN
from gdlib.lyapunov import lyapunov_exponents


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def test_of_diagonal_matrices_they_are_the_mean_logarithms_of_the_entries():
    entries = np.exp(draw(400, 3) * 0.1 + [1.0, -1.0, 0.0]) * np.sign(draw(400, 3, seed=1))
    expected = np.sort(np.log(np.abs(entries[50:])).mean(0))[::-1]
    matrices = entries[:, :, None] * np.eye(3)
    np.testing.assert_allclose(lyapunov_exponents(matrices, warmup=50), expected, atol=1e-12)


def test_of_matrices_that_commute_they_are_those_of_the_common_eigenvectors():
    basis = draw(3, 3)
    values = np.exp(draw(400, 3, seed=1) * 0.1 + [0.5, 0.0, -0.7])
    matrices = basis @ (values[:, :, None] * np.linalg.inv(basis))
    expected = np.log(values[100:]).mean(0)
    np.testing.assert_allclose(lyapunov_exponents(matrices, warmup=100), expected, atol=1e-10)


def test_of_scaled_rotations_both_are_the_mean_logarithm_of_the_scale():
    scale, angle = np.exp(draw(50)), draw(50, seed=1)
    c, s = np.cos(angle), np.sin(angle)
    matrices = scale[:, None, None] * np.array([[c, -s], [s, c]]).transpose(2, 0, 1)
    np.testing.assert_allclose(lyapunov_exponents(matrices), [np.log(scale).mean()] * 2, rtol=1e-12)


def test_two_matrices_of_spectral_radius_zero_can_grow():
    up, down = np.array([[0.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [2.0, 0.0]])
    assert np.abs(np.linalg.eigvals([up, down])).max() == 0
    assert np.abs(np.linalg.eigvals(down @ up)).max() == 4
    found = lyapunov_exponents([up, down] * 20, warmup=2)
    np.testing.assert_allclose(found, [np.log(4) / 2, -np.inf])
    assert (lyapunov_exponents([up] * 40) == -np.inf).all()


def test_their_sum_is_the_mean_logarithm_of_the_determinants():
    matrices = draw(30, 4, 4)
    expected = np.log(np.abs(np.linalg.det(matrices))).mean()
    np.testing.assert_allclose(lyapunov_exponents(matrices).sum(), expected, rtol=1e-10)


def test_a_power_of_one_matrix_grows_like_its_spectral_radius_however_it_grows_at_first():
    matrix = np.array([[0.5, 100.0], [0.0, 0.4]])
    found = lyapunov_exponents([matrix] * 400, warmup=200)
    np.testing.assert_allclose(found, np.log([0.5, 0.4]), atol=1e-10)


def test_few_exponents_are_the_largest_of_all():
    matrices = draw(2000, 4, 4)
    every = lyapunov_exponents(matrices, warmup=50)
    assert (np.diff(every) < 0).all()
    np.testing.assert_allclose(
        lyapunov_exponents(matrices, count=2, warmup=50), every[:2], atol=1e-10
    )


def test_products_that_overflow_have_finite_exponents():
    found = lyapunov_exponents(1e200 * np.stack([np.eye(2)] * 50))
    np.testing.assert_allclose(found, [200 * np.log(10)] * 2)


def test_of_an_rnn_they_are_those_of_the_growth_of_a_small_disturbance():
    net = RNN(1, 20).initialize(seed=0)
    net.weight_hh_l0.data[...] *= 3
    x, start, nudge = np.zeros((150, 1)), draw(20, seed=1), 1e-9 * draw(20, seed=2)
    found = lyapunov_exponents(net.jacobians(x, start), count=1)
    h, moved = (net(x[None], s[None])[0, -1] for s in (start, start + nudge))
    rate = np.log(np.linalg.norm(moved - h) / np.linalg.norm(nudge)) / len(x)
    assert rate > 0.05
    assert found[0] == pytest.approx(rate, abs=0.01)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(T, H, H\), got \(2, 3\)"):
        lyapunov_exponents(draw(2, 3))
    with pytest.raises(ValueError, match=r"1 to 3 exponents, got count=4"):
        lyapunov_exponents(draw(2, 3, 3), count=4)
    with pytest.raises(ValueError, match=r"from 0 to 1 for 2 matrices, got 2"):
        lyapunov_exponents(draw(2, 3, 3), warmup=2)
