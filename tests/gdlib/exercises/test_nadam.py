"""The exercises on Nadam: their references against torch, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.exercises import load, nadam_moved, nadam_start
from gdlib.grade import grade

step = load("nadam_step").reference


def test_reference_agrees_with_torch_over_steps_and_in_its_state():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(5)
    m = v = np.zeros(5)
    mu_product = 1.0
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.NAdam([parameter], 0.05, (0.8, 0.95), 1e-3, momentum_decay=0.1)
    optimizer.state[parameter] = {
        "step": torch.tensor(0.0),
        # PyTorch makes it in its default dtype, which would lose digits.
        "mu_product": torch.ones((), dtype=torch.float64),
        "exp_avg": torch.zeros_like(parameter),
        "exp_avg_sq": torch.zeros_like(parameter),
    }
    for t in range(1, 101):
        g = rng.standard_normal(5)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, m, v, mu_product = step(x, g, m, v, mu_product, t, 0.05, 0.8, 0.95, 1e-3, 0.1)
        state = optimizer.state[parameter]
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(m, state["exp_avg"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(v, state["exp_avg_sq"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(mu_product, state["mu_product"].item(), rtol=1e-12)


def test_a_product_as_array_of_the_shape_of_x_is_refused_in_words():
    def answer(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
        rest = (t, lr, beta1, beta2, eps, momentum_decay)
        x, m, v, product = step(x, g, m, v, product, *rest)
        return x, m, v, product * np.ones_like(x)

    result = grade("nadam_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "your product has shape (2,), expected one number" in " ".join(result.message.split())


def test_a_wrong_product_is_shown_as_a_number():
    def answer(x, g, m, v, product, t, lr, beta1, beta2, eps, momentum_decay):
        rest = (t, lr, beta1, beta2, eps, momentum_decay)
        x, m, v, product = step(x, g, m, v, product, *rest)
        return x, m, v, product / 3

    result = grade("nadam_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "yours gives product = 0.150024; x and m and v are right" in result.message


def test_the_first_step_of_the_number_exercise_is_the_one_the_rule_takes():
    exercise = load("nadam_start")
    assert nadam_start.first_step() == pytest.approx(exercise.reference, rel=1e-9)
    with_09 = next(m for m in exercise.mistakes if m.name == "with beta1 = 0.9")
    assert nadam_start.first_step(beta1=0.9) == pytest.approx(with_09.answer, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "says"),
    [(-1.4, "a length is positive"), (1.2, "longer than Adam's"), (0.7, "shorter than Adam's")],
)
def test_another_number_is_set_beside_adams_first_step(value, says):
    result = grade("nadam_start", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())


def test_moved_path_is_the_one_of_torch_and_equals_the_tuned_one_at_decay_1():
    for decay in (0.004, 1.0):
        x = torch.tensor(nadam_moved.rosenbrock.start, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.NAdam([x], lr=0.01, eps=1e-7, momentum_decay=decay)
        path = [x.detach().numpy().copy()]
        for _ in range(nadam_moved.STEPS):
            optimizer.zero_grad()
            nadam_moved.rosenbrock.value(x).backward()
            optimizer.step()
            path.append(x.detach().numpy().copy())
        ours = nadam_moved.moved_path({**nadam_moved.GIVEN, "momentum_decay": decay})
        np.testing.assert_allclose(ours, path, rtol=1e-7)
    np.testing.assert_allclose(ours, nadam_moved.tuned_path(), rtol=1e-12)


def test_each_mistake_of_the_move_is_far_from_the_tuned_path():
    tuned = nadam_moved.tuned_path()
    mistakes = [m for m in load("nadam_moved").mistakes if m.name not in ("changed two things",)]
    for mistake in mistakes:
        gap = np.abs(nadam_moved.moved_path(mistake.answer) - tuned).max()
        assert gap > 100 * nadam_moved.SAME * np.abs(tuned).max(), mistake.name


@pytest.mark.parametrize("change", [{"lr": -0.01}, {"beta1": 1.5}, {"eps": -1.0}])
def test_settings_that_torch_refuses_are_answered_by_name(change):
    result = grade("nadam_moved", {**load("nadam_moved").given, **change})
    assert result.mistake.startswith("changed ")
    assert "torch.optim.NAdam refuses" in result.message
