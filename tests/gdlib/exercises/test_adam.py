"""The exercise adam_step: its reference against torch, and answers nobody listed."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gdlib.exercises import adam_units, load
from gdlib.grade import grade
from gdlib.objective import quadratic
from gdlib.optim import adam

exercise = load("adam_step")


def test_at_least_fifteen_mistakes_have_a_name():
    assert len(exercise.mistakes) >= 15


def test_reference_agrees_with_torch_over_steps_and_in_its_state():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(5)
    m = v = np.zeros(5)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.Adam([parameter], lr=0.05, betas=(0.8, 0.95), eps=1e-3)
    for t in range(1, 101):
        g = rng.standard_normal(5) * 10.0 ** rng.integers(-6, 4)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, m, v = exercise.reference(x, g, m, v, t, 0.05, 0.8, 0.95, 1e-3)
        state = optimizer.state[parameter]
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(m, state["exp_avg"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(v, state["exp_avg_sq"].numpy(), rtol=1e-12)


@settings(max_examples=50, deadline=None)
@given(scale=st.floats(1e-3, 1e3), t=st.integers(1, 2000))
def test_right_answers_agree_off_the_probes_and_do_not_depend_on_the_scale_of_the_loss(scale, t):
    x, g = np.array([1.0, -2.0]), np.array([0.3, -4.0])
    m, v = np.array([0.1, -1.0]), np.array([0.5, 2.0])
    rest = (t, 0.1, 0.9, 0.99, 1e-12)
    moved, *_ = exercise.reference(x, g, m, v, *rest)
    scaled, *_ = exercise.reference(x, scale * g, scale * m, scale**2 * v, *rest)
    np.testing.assert_allclose(scaled, moved, rtol=1e-7)
    for other in exercise.alternatives:
        for mine, ours in zip(
            other(x, g, m, v, *rest), exercise.reference(x, g, m, v, *rest), strict=True
        ):
            np.testing.assert_allclose(mine, ours, rtol=1e-10)


def in_float32(x, g, m, v, t, lr, beta1, beta2, eps):
    x, g, m, v = (np.asarray(a, np.float32) for a in (x, g, m, v))
    m = np.float32(beta1) * m + np.float32(1 - beta1) * g
    v = np.float32(beta2) * v + np.float32(1 - beta2) * g * g
    m_hat, v_hat = m / np.float32(1 - beta1**t), v / np.float32(1 - beta2**t)
    return x - np.float32(lr) * m_hat / (np.sqrt(v_hat) + np.float32(eps)), m, v


def in_torch(x, g, m, v, t, lr, beta1, beta2, eps):
    x, g, m, v = (torch.tensor(a, dtype=torch.float32) for a in (x, g, m, v))
    m, v = torch.lerp(m, g, 1 - beta1), beta2 * v + (1 - beta2) * g * g
    return x - lr * m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps), m, v


def in_lists(*args):
    x, m, v = exercise.reference(*args)
    return [x.tolist(), m.tolist(), v.tolist()]


@pytest.mark.parametrize("answer", [in_float32, in_torch, in_lists])
def test_single_precision_tensors_and_lists_are_as_good(answer):
    assert grade("adam_step", answer).status == "passed"


def wrong_v_with_absolute_value(x, g, m, v, t, lr, beta1, beta2, eps):
    v = beta2 * v + (1 - beta2) * np.abs(g)
    _, m, _ = exercise.reference(x, g, m, v, t, lr, beta1, beta2, eps)
    return x - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def wrong_eps_at_both_places(x, g, m, v, t, lr, beta1, beta2, eps):
    _, m, v = exercise.reference(x, g, m, v, t, lr, beta1, beta2, eps)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat + eps) + eps), m, v


def wrong_nesterov(x, g, m, v, t, lr, beta1, beta2, eps):
    _, m, v = exercise.reference(x, g, m, v, t, lr, beta1, beta2, eps)
    ahead = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
    return x - lr * ahead / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def wrong_constant(x, g, m, v, t, lr, beta1, beta2, eps):
    x, m, v = exercise.reference(x, g, m, v, t, lr, 0.9, 0.999, 1e-8)
    return x, m, v


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (wrong_v_with_absolute_value, "m is right"),
        (wrong_eps_at_both_places, "m and v are right"),
        (wrong_nesterov, "m and v are right"),
        (wrong_constant, "For x = [1, -2], g = [2, -3], m = [1, 0.5]"),
    ],
)
def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs(answer, right):
    result = grade("adam_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "yours gives" in result.message
    assert right in " ".join(result.message.split())
    assert "by hand" in result.message_at(2)
    assert "Expected: " not in result.message_at(2)
    assert "Expected: " in result.message_at(3)


def test_the_first_step_without_correction_is_shown_as_three_times_lr():
    answer = next(m.answer for m in exercise.mistakes if m.name == "no bias correction")
    x, *_ = answer(np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1), 1, 1.0, 0.9, 0.999, 0.0)
    assert x == pytest.approx(-3.162, abs=1e-3)
    assert "3.16 lr" in grade("adam_step", answer).message_at(2)


def test_the_first_step_after_a_restart_is_as_long_as_the_exercise_says():
    x, state = 0.0, adam.init(0.0)
    for _ in range(2000):
        x, state = adam.step(x, 1.0, state, 1.0, 0.9, 0.95, 0.0)
    after, _ = adam.step(x, 1.0, state._replace(t=0), 1.0, 0.9, 0.95, 0.0)
    assert x - after == pytest.approx(load("adam_restart").reference, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.7, "is what beta2 = 0.9951 gives"),
        (20.0, "no beta2 gives"),
        (0.0, "the same way"),
        (-2.2, "the same way"),
    ],
)
def test_another_length_after_a_restart_is_answered_by_its_beta2(value, says):
    result = grade("adam_restart", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())


def test_in_other_units_the_run_stands_still_and_a_smaller_eps_restores_its_path():
    before, given = (adam_units.path(s) for s in (adam_units.BEFORE, adam_units.GIVEN))
    assert np.abs(before[-1]).max() < 1e-3
    assert np.abs(given - given[0]).max() < 0.05
    repaired = adam_units.path(load("adam_units").reference)
    np.testing.assert_allclose(repaired, before, rtol=0, atol=1e-12)


def test_the_path_of_the_diagnosis_is_what_torch_walks():
    x = torch.tensor(quadratic.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.1)
    for _ in range(50):
        x.grad = torch.tensor(1e-12 * quadratic.gradient(x.detach().numpy()))
        optimizer.step()
    ours = adam_units.path(adam_units.GIVEN)[50]
    np.testing.assert_allclose(ours, x.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", ["eps", "lr", "beta1", "beta2"])
@pytest.mark.parametrize("value", [-1.0, 0.0, 1e-30, 1e-16, 1e-12, 1e-3, 0.5, 2.0, 1e6])
def test_every_change_of_one_setting_is_right_or_has_a_name(name, value):
    result = grade("adam_units", {**adam_units.GIVEN, name: value})
    assert (result.status == "passed") == (name == "eps" and 0 < value < 1e-15)
    assert result.status == "passed" or result.mistake is not None
