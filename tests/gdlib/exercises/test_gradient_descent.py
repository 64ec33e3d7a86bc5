"""The exercises of the chapter gradient_descent: against torch and runs, and odd answers."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from gdlib.descent import descend
from gdlib.exercises import load, noise_distance
from gdlib.grade import grade
from gdlib.least_squares import least_squares
from gdlib.optim import gradient_descent


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


def test_an_epoch_is_what_torch_does_with_the_batches_of_its_loader():
    problem, order = least_squares(n=50), np.random.default_rng(2).permutation(50)
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.1)
    samples = TensorDataset(*(torch.tensor(a) for a in (problem.features, problem.targets)))
    for rows, targets in DataLoader(samples, batch_size=16, sampler=order.tolist()):
        optimizer.zero_grad()
        (((rows @ x - targets) ** 2).mean() / 2).backward()
        optimizer.step()
    epoch = load("mini_batch_epoch").reference
    mine = epoch(np.zeros(2), problem.features, problem.targets, order, 16, 0.1)
    np.testing.assert_allclose(mine, x.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 4, 12])
def test_an_epoch_is_what_descend_does_where_all_batches_are_full(batch_size):
    problem, order = least_squares(n=12), np.random.default_rng(3).permutation(12)
    steps = 12 // batch_size
    run = descend(problem, (0, 0), gradient_descent, steps, lr=0.1, batch_size=batch_size, seed=3)
    epoch = load("mini_batch_epoch").reference
    mine = epoch(np.zeros(2), problem.features, problem.targets, order, batch_size, 0.1)
    np.testing.assert_allclose(mine, run.x[-1], rtol=1e-12)


def test_an_epoch_that_is_wrong_without_a_name_is_shown_by_a_probe():
    def shrinking(x, features, targets, order, batch_size, lr):
        return 0.9 * load("mini_batch_epoch").reference(x, features, targets, order, batch_size, lr)

    result = grade("mini_batch_epoch", shrinking)
    assert (result.status, result.mistake) == ("failed", None)
    assert "batch_size = 3" in result.message


def test_a_noisy_run_settles_at_the_distance_that_is_asked_for():
    rng, x, squares = np.random.default_rng(0), np.zeros(4000), []
    for step in range(300):
        noise = rng.normal(0, noise_distance.NOISE, (noise_distance.BATCH, len(x))).mean(0)
        x, _ = gradient_descent.step(x, 2 * x + noise, gradient_descent.State(), noise_distance.LR)
        if step >= 50:
            squares.append(x**2)
    assert np.sqrt(np.mean(squares)) == pytest.approx(load("noise_distance").reference, rel=0.01)


@pytest.mark.parametrize(
    ("value", "says"), [(0.7, "after it the root mean square is 0.58"), (-1.0, "not negative")]
)
def test_another_distance_is_answered_by_what_a_step_makes_of_it(value, says):
    assert says in " ".join(grade("noise_distance", value).message.split())
