"""The exercises on Nesterov's method: against torch and runs, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.descent import descend
from gdlib.exercises import load, nesterov_upgrade
from gdlib.grade import grade
from gdlib.objective import quadratic
from gdlib.optim import gradient_descent, momentum, nesterov


def test_reference_agrees_with_torch_over_steps_and_in_its_velocity():
    rng = np.random.default_rng(3)
    x, v = rng.standard_normal(5), np.zeros(5)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.05, momentum=0.8, nesterov=True)
    for _ in range(100):
        g = rng.standard_normal(5)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, v = load("nesterov_step").reference(x, g, v, 0.05, 0.8)
        buffer = optimizer.state[parameter]["momentum_buffer"].numpy()
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(v, buffer, rtol=1e-12, atol=1e-14)


def wrong_look_ahead_twice(x, g, v, lr, beta):
    v = beta * v + g
    return x - lr * (g + beta * g + beta**2 * v), v


def wrong_root(x, g, v, lr, beta):
    v = beta * v + g
    return x - lr * (g + beta**0.5 * v), v


@pytest.mark.parametrize("answer", [wrong_look_ahead_twice, wrong_root])
def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs(answer):
    result = grade("nesterov_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "For x = [1, -2], g = [2, -3], v = " in result.message
    assert "yours gives" in result.message


def test_stepping_with_the_old_velocity_is_named_as_the_heavy_ball_it_is():
    def answer(x, g, v, lr, beta):
        return x - lr * (g + beta * v), beta * v + g

    assert grade("nesterov_step", answer).mistake == "the heavy ball"


def ends_larger(rule, lr, **hyper):
    history = descend(quadratic, (1.0, 1.0), rule, 3000, lr=lr, **hyper)
    return history.diverged or history.f[-1] > history.f[0]


@pytest.mark.parametrize(
    ("rule", "hyper", "mistake"),
    [
        (nesterov, {"beta": 0.9}, None),
        (momentum, {"beta": 0.9}, "limit of the heavy ball"),
        (gradient_descent, {}, "limit of plain descent"),
    ],
)
def test_rules_diverge_just_above_their_limits_and_not_just_below(rule, hyper, mistake):
    exercise = load("nesterov_limit")
    limits = {None: exercise.reference, **{m.name: m.answer for m in exercise.mistakes}}
    assert ends_larger(rule, 1.01 * limits[mistake], **hyper)
    assert not ends_larger(rule, 0.99 * limits[mistake], **hyper)


@pytest.mark.parametrize("value", [0.136, 0.1357, 0.13571])
def test_a_limit_rounded_to_three_digits_is_as_good(value):
    assert grade("nesterov_limit", value).status == "passed"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.3, "diverges"),
        (1e30, "diverges"),
        (0.12, "A larger lr is stable too"),
        (0, "a learning rate is positive"),
    ],
)
def test_another_limit_is_answered_by_what_it_does(value, says):
    result = grade("nesterov_limit", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())


def test_the_upgrade_diverges_and_was_stable_and_too_slow_before():
    given = nesterov_upgrade.GIVEN
    assert nesterov_upgrade.run(given).diverged
    before = nesterov_upgrade.run({**given, "beta": 0.0})
    best = {**given, "beta": 0.0, "lr": 2 / (1 + given["kappa"])}
    for plain in (before, nesterov_upgrade.run(best)):
        assert not plain.diverged
        assert nesterov_upgrade.TARGET < plain.f[-1] < plain.f[0]


@pytest.mark.parametrize("lr", np.geomspace(1e-4, 1.0, 60))
def test_every_lr_is_right_or_has_a_name(lr):
    result = grade("nesterov_upgrade", {**nesterov_upgrade.GIVEN, "lr": float(lr)})
    assert result.status == "passed" or result.mistake is not None


@pytest.mark.parametrize("beta", [*np.linspace(-0.9, 0.89, 60), 0.95, 0.99])
def test_no_beta_repairs_the_upgrade_and_each_has_a_name(beta):
    result = grade("nesterov_upgrade", {**nesterov_upgrade.GIVEN, "beta": float(beta)})
    assert result.mistake in {"took momentum out", "less memory", "another memory"}
    assert not nesterov_upgrade._solves({**nesterov_upgrade.GIVEN, "beta": float(beta)})
