"""The exercises on RMSprop: references against torch and runs, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.descent import descend
from gdlib.exercises import load
from gdlib.grade import grade
from gdlib.objective import quadratic
from gdlib.optim import rmsprop

exercise = load("rmsprop_step")


def one_line(result):
    return " ".join(result.message.split())


def test_reference_agrees_with_torch_over_steps_and_in_its_mean():
    rng = np.random.default_rng(2)
    x, v = rng.standard_normal(5), np.zeros(5)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.RMSprop([parameter], lr=0.05, alpha=0.8, eps=1e-3)
    for _ in range(100):
        g = rng.standard_normal(5)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, v = exercise.reference(x, g, v, 0.05, 0.8, 1e-3)
        mean = optimizer.state[parameter]["square_avg"].numpy()
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(v, mean, rtol=1e-12, atol=1e-14)


def bias_corrected(x, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return x - lr * g / (np.sqrt(v / (1 - rho)) + eps), v


def mean_over_coordinates(x, g, v, lr, rho, eps):
    v = rho * v + (1 - rho) * np.mean(g**2)
    return x - lr * g / (np.sqrt(v) + eps), v


@pytest.mark.parametrize("answer", [bias_corrected, mean_over_coordinates])
def test_a_mistake_without_a_name_is_shown_by_the_first_probe_that_differs(answer):
    result = grade("rmsprop_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "For x = [1, -2], g = [2, -3], v = [0, 0]" in one_line(result)


def test_single_precision_is_as_good():
    def answer(x, g, v, lr, rho, eps):
        x, g, v = (a.astype(np.float32) for a in (x, g, v))
        return exercise.reference(x, g, v, np.float32(lr), np.float32(rho), np.float32(eps))

    assert grade("rmsprop_step", answer).status == "passed"


@pytest.mark.parametrize("rho", [0.5, 0.8, 0.99])
@pytest.mark.parametrize("kappa", [1.0, 10.0])
def test_the_distance_of_the_number_exercise_is_where_runs_end(rho, kappa):
    history = descend(quadratic(kappa=kappa), (10.0, 10.0), rmsprop, 4000, lr=0.6, rho=rho)
    ends = np.abs(history.x[-2:])
    np.testing.assert_allclose(ends, load("hover_distance").reference, rtol=1e-6)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (-0.3, "A distance is not negative"),
        (0.5, "from x = 0.5 a step leads to -0.1"),
        (1e-9, "from x = 1e-09 a step leads to -0.6"),
    ],
)
def test_another_distance_is_answered_by_where_a_step_leads(value, says):
    result = grade("hover_distance", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in one_line(result)


def test_the_run_to_repair_ends_at_half_a_step_in_both_coordinates():
    hyper = {k: v for k, v in load("restless_run").given.items() if k != "decay"}
    history = descend(quadratic, (-2.5, 1.2), rmsprop, 2000, **hyper)
    np.testing.assert_allclose(np.abs(history.x[-1]), 0.05, rtol=1e-5)


@pytest.mark.parametrize("lr", np.geomspace(1e-6, 1e3, 60))
def test_no_constant_learning_rate_repairs_the_run(lr):
    result = grade("restless_run", {**load("restless_run").given, "lr": float(lr)})
    assert result.status == "failed"
    assert result.mistake in {"larger lr", "smaller, still hovering", "too short to arrive"}


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"decay": 1e9}, "falls too fast"),
        ({"decay": 1e300}, "falls too fast"),
        ({"decay": -1.0}, "learning rate grows"),
        ({"lr": 0.0}, "not downhill"),
        ({"lr": 1e300}, "larger lr"),
        ({"rho": -0.5}, "rho out of range"),
        ({"rho": 0.0}, "another memory, same distance"),
        ({"rho": 0.99}, "another memory, same distance"),
        ({"eps": 1e300}, "eps too large"),
        ({"eps": 0.0}, "eps not positive"),
    ],
)
def test_odd_changes_of_one_setting_have_a_name(change, mistake):
    assert grade("restless_run", {**load("restless_run").given, **change}).mistake == mistake
