"""LAMB: the step is a share of the weights' norm."""

import numpy as np
import pytest

from gdlib.optim import lamb


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_length_of_a_step_is_lr_times_the_norm_of_x(scale):
    x = scale * np.array([3.0, 4.0])
    moved, _ = lamb.step(x, np.array([0.2, -7.0]), lamb.init(x), lr=0.1)
    assert np.linalg.norm(moved - x) == pytest.approx(0.1 * 5 * scale)


def test_ratio_is_one_where_a_norm_is_zero():
    zero = np.zeros(2)
    moved, _ = lamb.step(zero, np.array([2.0, -2.0]), lamb.init(zero), lr=0.1, eps=0.0)
    np.testing.assert_allclose(moved, [-0.1, 0.1])
    still, _ = lamb.step(np.ones(2), zero, lamb.init(zero), lr=0.1)
    assert still.tolist() == [1.0, 1.0]
