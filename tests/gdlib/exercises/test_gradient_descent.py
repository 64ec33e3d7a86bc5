"""The exercise gradient_descent_step: answers nobody listed."""

import numpy as np
import pytest

from gdlib.grade import grade


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, g, lr: x - 2 * lr * g,
        lambda x, g, lr: x - lr * np.abs(g),
        lambda x, g, lr: x - 0.5 * g,
        lambda x, g, lr: x * (1 - lr * g),
    ],
)
def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs(answer):
    result = grade("gradient_descent_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "yours gives x = [" in result.message
    assert "Expected: x = [" in result.message_at(3)


def test_the_first_differing_probe_is_not_always_the_first():
    result = grade("gradient_descent_step", lambda x, g, lr: x - 0.5 * g)
    assert "For x = [3, 0.5, -1], g = [0, 4, 0.25], lr = 0.1" in result.message


def test_lists_and_single_precision_are_as_good():
    def in_lists(x, g, lr):
        return (x - lr * g).tolist()

    def in_float32(x, g, lr):
        return x.astype(np.float32) - np.float32(lr) * g.astype(np.float32)

    assert grade("gradient_descent_step", in_lists).status == "passed"
    assert grade("gradient_descent_step", in_float32).status == "passed"
