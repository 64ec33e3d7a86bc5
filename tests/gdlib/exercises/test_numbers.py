"""The exercises that ask for a number: their answers against runs, and answers nobody listed."""

import numpy as np
import pytest

from gdlib.descent import descend
from gdlib.exercises import load
from gdlib.grade import grade
from gdlib.objective import quadratic
from gdlib.optim import gradient_descent, momentum
from gdlib.variant import variant


class Bowl:
    """f(x, y) = x² + 20 y²."""

    name = "bowl"

    def value(self, x):
        return x[..., 0] ** 2 + 20 * x[..., 1] ** 2

    def gradient(self, x):
        return x * np.array([2.0, 40.0])


def ends_larger(objective, rule, lr, **hyper):
    history = descend(objective, (1.0, 1.0), rule, 3000, lr=lr, **hyper)
    return history.diverged or history.f[-1] > history.f[0]


def test_gradient_descent_diverges_just_above_the_answer_and_not_just_below():
    limit = load("largest_stable_lr").reference
    assert ends_larger(Bowl(), gradient_descent, 1.01 * limit)
    assert not ends_larger(Bowl(), gradient_descent, 0.99 * limit)


def test_momentum_diverges_just_above_the_answer_and_not_just_below():
    limit = load("momentum_limit").reference
    assert ends_larger(quadratic, momentum, 1.01 * limit, beta=0.9)
    assert not ends_larger(quadratic, momentum, 0.99 * limit, beta=0.9)


@pytest.mark.parametrize(
    ("name", "patches"),
    [
        ("limit of the averaging form", [("+ g", "+ (1 - beta) * g")]),
        ("Nesterov's limit", [("x - lr * v", "x - lr * (g + beta * v)")]),
    ],
)
def test_limits_of_other_rules_are_what_their_mistakes_say(name, patches):
    mistake = next(m for m in load("momentum_limit").mistakes if m.name == name)
    rule = variant(momentum, *patches)
    assert ends_larger(quadratic, rule, 1.01 * mistake.answer, beta=0.9)
    assert not ends_larger(quadratic, rule, 0.99 * mistake.answer, beta=0.9)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("largest_stable_lr", 0.06, "diverges"),
        ("largest_stable_lr", 0.03, "A larger lr is stable too"),
        ("largest_stable_lr", -0.05, "a learning rate is positive"),
        ("largest_stable_lr", 0, "a learning rate is positive"),
        ("momentum_limit", 0.4, "diverges"),
        ("momentum_limit", 1e30, "diverges"),
        ("momentum_limit", 0.3, "A larger lr is stable too"),
    ],
)
def test_another_number_is_answered_by_what_it_does(name, value, says):
    result = grade(name, value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())
    assert "Expected: " in result.message_at(3)
