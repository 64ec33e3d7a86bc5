"""The exercises of the chapter gradients: against closed forms, and answers nobody listed."""

import numpy as np
import pytest

from gdlib.exercises import best_h, false_alarm, load
from gdlib.grade import grade

exercise = load("central_difference")


def one_line(result):
    return " ".join(result.message.split())


def test_reference_is_exact_for_quadratics_and_off_by_h_squared_for_a_cubic():
    x = np.array([1.0, -2.0, 0.5])
    quadratic = exercise.reference(lambda v: float(v @ v + v[0] * v[1]), x, 0.3)
    np.testing.assert_allclose(quadratic, [0.0, -3.0, 1.0], atol=1e-12)
    cubic = exercise.reference(lambda v: float((v**3).sum()), x, 0.3)
    np.testing.assert_allclose(cubic, 3 * x**2 + 0.3**2)


def moves_x_and_back(f, x, h):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        x[i] += h
        g[i] = (above - below) / (2 * h)
    return g


def test_moving_the_callers_x_is_a_mistake_even_when_it_is_moved_back():
    assert grade("central_difference", moves_x_and_back).mistake == "changes its arguments"


def twice_the_step(f, x, h):
    return exercise.reference(f, x, 2 * h)


def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs():
    result = grade("central_difference", twice_the_step)
    assert (result.status, result.mistake) == ("failed", None)
    assert "For f = x[0]³ x[1] − x[1]², x = [1, -2], h = 0.5" in one_line(result)


def test_the_shape_asked_for_is_that_of_x_wherever_x_stands():
    result = grade("central_difference", lambda f, x, h: 0.0)
    assert "your g has shape (), expected (2,), that of x" in one_line(result)


def test_the_best_step_is_the_lowest_point_of_the_bound():
    h = np.geomspace(1e-5, 1, 20_001)
    lowest = h[best_h.bound(h).argmin()]
    assert lowest == pytest.approx(load("best_h").reference, rel=1e-3)
    smallest = next(m for m in load("best_h").mistakes if m.name == "the error, not the step")
    assert best_h.bound(h).min() == pytest.approx(smallest.answer, rel=1e-6)


def test_no_error_of_a_forward_difference_exceeds_the_bound():
    rng = np.random.default_rng(0)
    noise = best_h.NOISE * rng.uniform(-1, 1, (2, 1000))
    for h in (0.001, 0.01, 0.1):
        above = best_h.CURVATURE * h**2 / 2
        slopes = (above + noise[0] - noise[1]) / h
        assert np.abs(slopes).max() <= best_h.bound(h)
        assert np.abs(slopes).max() > 0.7 * best_h.bound(h)


@pytest.mark.parametrize(
    ("value", "says"),
    [(0.05, "the noise 0.008"), (0.0, "h is positive"), (-1.0, "h is positive")],
)
def test_another_step_is_answered_by_the_two_parts_of_its_error(value, says):
    result = grade("best_h", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in one_line(result)


def test_the_given_check_alarms_by_far_and_in_float64_not_at_all():
    right, _ = false_alarm.errors(false_alarm.GIVEN)
    assert right > 50 * false_alarm.GIVEN["tolerance"]
    right, wrong = false_alarm.errors({**false_alarm.GIVEN, "precision": 64})
    assert right < 1e-6
    np.testing.assert_allclose(wrong, 0.01, rtol=0.02)


@pytest.mark.parametrize("tolerance", np.geomspace(1e-6, 10, 40))
def test_no_tolerance_repairs_the_check(tolerance):
    result = grade("false_alarm", {**false_alarm.GIVEN, "tolerance": float(tolerance)})
    assert result.mistake in {"raised the tolerance", "lowered the tolerance"}


@pytest.mark.parametrize("h", [-1.0, 0.0, *np.geomspace(1e-12, 1e3, 60), 1e30])
def test_every_step_is_right_or_has_a_name(h):
    result = grade("false_alarm", {**false_alarm.GIVEN, "h": float(h)})
    assert result.mistake is not None or (result.status == "passed" and 1e-4 < h < 0.03)
    assert result.status == "passed" or not 2e-3 < h < 0.015


@pytest.mark.parametrize("precision", [0, 8, 16, 80, 128])
def test_every_other_precision_has_a_name(precision):
    result = grade("false_alarm", {**false_alarm.GIVEN, "precision": precision})
    assert result.mistake in {"fewer digits", "no such precision"}
