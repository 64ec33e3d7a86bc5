"""Muon: all singular values near one, singular vectors kept."""

import numpy as np
import pytest
import torch

from gdlib.optim import muon


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (1, 5)])
def test_singular_values_come_near_one_and_vectors_stay(shape):
    u = np.random.default_rng(0).standard_normal(shape)
    left, _, right = np.linalg.svd(u, full_matrices=False)
    inner = left.T @ muon.orthogonal(u) @ right.T
    np.testing.assert_allclose(inner, np.diag(np.diag(inner)), atol=1e-9)
    assert (np.diag(inner) > 0.65).all()
    assert (np.diag(inner) < 1.25).all()


def test_step_by_hand_on_a_row():
    # A row has one singular value: after division by its norm it is 1, and five times the quintic.
    s = 1 / (1 + 1e-7 / 5)
    for _ in range(5):
        s = muon.A * s + muon.B * s**3 + muon.C * s**5
    x = np.array([[1.0, 1.0]])
    moved, state = muon.step(x, np.array([[3.0, 4.0]]), muon.init(x), lr=0.1, weight_decay=0.0)
    np.testing.assert_allclose(moved, x - 0.1 * s * np.array([[0.6, 0.8]]), rtol=1e-6)
    np.testing.assert_allclose(state.b, 0.05 * np.array([[3.0, 4.0]]))


def test_tall_matrices_take_longer_steps():
    g = np.random.default_rng(1).standard_normal((8, 2))
    x = np.zeros((8, 2))
    moved, _ = muon.step(x, g, muon.init(x), lr=1.0, weight_decay=0.0)
    wide, _ = muon.step(x.T, g.T, muon.init(x.T), lr=1.0, weight_decay=0.0)
    np.testing.assert_allclose(moved, 2 * wide.T, rtol=1e-10)


def test_zero_gradient_stays_zero_and_vectors_are_refused():
    assert (muon.orthogonal(np.zeros((2, 3))) == 0).all()
    with pytest.raises(ValueError, match=r"Muon is for matrices, got shape \(3,\)"):
        muon.init(np.zeros(3))
    with pytest.raises(ValueError, match="Muon is for matrices"):
        muon.init(torch.zeros(2, 2, 2))
