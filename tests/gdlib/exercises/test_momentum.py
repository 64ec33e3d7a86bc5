"""The exercise momentum_step: its reference against torch, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.exercises import load
from gdlib.grade import grade

exercise = load("momentum_step")


def test_reference_agrees_with_torch_over_steps_and_in_its_velocity():
    rng = np.random.default_rng(2)
    x, v = rng.standard_normal(5), np.zeros(5)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.05, momentum=0.8)
    for _ in range(100):
        g = rng.standard_normal(5)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, v = exercise.reference(x, g, v, 0.05, 0.8)
        buffer = optimizer.state[parameter]["momentum_buffer"].numpy()
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(v, buffer, rtol=1e-12, atol=1e-14)


def wrong_square_root(x, g, v, lr, beta):
    v = beta**0.5 * v + g
    return x - lr * v, v


def wrong_half(x, g, v, lr, beta):
    v = beta * v + g
    return x - 0.5 * lr * v, v


def wrong_mean_gradient(x, g, v, lr, beta):
    v = beta * v + np.mean(g)
    return x - lr * v, v


@pytest.mark.parametrize("answer", [wrong_square_root, wrong_half, wrong_mean_gradient])
def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs(answer):
    result = grade("momentum_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "For x = [1, -2], g = [2, -3], v = " in result.message
    assert "yours gives" in result.message


def test_single_precision_is_as_good():
    def answer(x, g, v, lr, beta):
        v = np.float32(beta) * v.astype(np.float32) + g.astype(np.float32)
        return (x - lr * v).astype(np.float32), v

    assert grade("momentum_step", answer).status == "passed"
