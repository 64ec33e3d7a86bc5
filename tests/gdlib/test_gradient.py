"""Numerical gradients against closed forms, and what the gradient check catches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib.gradient import (
    check_gradient,
    difference_steps,
    numerical_gradient,
    numerical_hessian,
)
from gdlib.objective import rosenbrock

finite = st.floats(-1e3, 1e3)


@given(st.lists(finite, min_size=1, max_size=5))
def test_gradient_of_a_cubic(values):
    x = np.array(values)
    gradient = numerical_gradient(lambda v: (v**3).sum(), x)
    np.testing.assert_allclose(
        gradient, 3 * x**2, rtol=1e-6, atol=1e-4 * np.abs(x).max() ** 2 + 1e-9
    )


@given(st.lists(finite, min_size=2, max_size=2))
def test_right_gradient_passes_everywhere(values):
    assert check_gradient(rosenbrock.value, rosenbrock.gradient, np.array(values)).error < 1e-5


def test_wrong_component_is_found_and_named():
    def wrong(x):
        g = rosenbrock.gradient(x)
        g[1] *= 1.01
        return g

    x = np.array([-1.2, 1.0])
    report = check_gradient(rosenbrock.value, wrong, x)
    assert report.index == (1,)
    assert report.error == pytest.approx(0.01 / 1.01, rel=1e-3)
    assert report.analytic == pytest.approx(1.01 * report.numeric, rel=1e-6)


def test_nan_in_the_gradient_is_the_worst_error():
    report = check_gradient(rosenbrock.value, lambda x: x * np.nan, np.array([1.0, 2.0]))
    assert report.error == np.inf


def test_zero_gradient_is_no_alarm():
    assert check_gradient(lambda x: 3.0, np.zeros_like, np.ones((2, 3))).error == 0.0


def test_step_grows_with_the_argument_and_with_the_precision():
    steps = difference_steps(np.array([0.0, 1.0, 1000.0]))
    np.testing.assert_allclose(steps[2] / steps[1], 1000)
    assert steps[0] == steps[1] == pytest.approx(6.06e-6, rel=1e-2)
    assert difference_steps(np.ones(1, np.float32))[0] == pytest.approx(4.9e-3, rel=1e-2)


def test_scaled_step_beats_a_fixed_one_far_from_zero():
    x = np.array([1e6])
    right = np.cos(x[0] / 1e6) / 1e6
    scaled, fixed = (
        abs(numerical_gradient(lambda v: np.sin(v[0] / 1e6), x, h=h)[0] - right)
        for h in (None, 1e-6)
    )
    assert scaled < 1e-4 * fixed


def test_any_shape_is_kept():
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(numerical_gradient(lambda v: (v**2).sum(), x), 2 * x, atol=1e-8)


def test_hessian_of_rosenbrock_at_its_minimum():
    hessian = numerical_hessian(rosenbrock.gradient, [1.0, 1.0])
    np.testing.assert_allclose(hessian, [[802, -400], [-400, 200]], rtol=1e-8)


def test_whole_numbers_are_refused():
    with pytest.raises(TypeError, match=r"floating point, got dtype int64; pass x.astype\(float\)"):
        numerical_gradient(lambda x: x.sum(), np.array([1, 2]))


def test_gradient_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"x's shape \(2,\), got \(3,\)"):
        check_gradient(lambda x: x.sum(), lambda x: np.ones(3), np.ones(2))
