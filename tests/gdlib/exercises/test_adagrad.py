"""The exercises of the chapter adagrad: against torch and runs, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.exercises import load, stalled_adagrad
from gdlib.grade import grade
from gdlib.objective import quadratic
from gdlib.optim import adagrad

exercise = load("adagrad_step")


def test_reference_agrees_with_torch_over_steps_and_in_its_state():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(5)
    v = np.zeros(5)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.Adagrad([parameter], lr=0.05, eps=1e-3)
    for _ in range(100):
        g = rng.standard_normal(5) * 10.0 ** rng.integers(-6, 4)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, v = exercise.reference(x, g, v, 0.05, 1e-3)
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(v, optimizer.state[parameter]["sum"].numpy(), rtol=1e-12)


def wrong_eps_at_both_places(x, g, v, lr, eps):
    v = v + g**2
    return x - lr * g / (np.sqrt(v + eps) + eps), v


def wrong_constant(x, g, v, lr, eps):
    return exercise.reference(x, g, v, 0.01, 1e-10)


@pytest.mark.parametrize("answer", [wrong_eps_at_both_places, wrong_constant])
def test_a_mistake_without_a_name_is_shown_by_a_probe_in_which_v_is_right(answer):
    result = grade("adagrad_step", answer)
    assert (result.status, result.mistake) == ("failed", None)
    assert "v is right" in " ".join(result.message.split())


def test_step_100_of_a_run_is_as_long_as_the_answer():
    x, state = 0.0, adagrad.init(0.0)
    for _ in range(100):
        before = x
        x, state = adagrad.step(x, 3.0, state, lr=0.1)
    assert before - x == pytest.approx(load("step_100_length").reference, rel=1e-9)
    way = next(m.answer for m in load("step_100_length").mistakes if m.name == "the whole way")
    assert -x == pytest.approx(way, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "says"),
    [(0.02, "step 25, not step 100"), (5.0, "longer than any"), (-1.0, "as short as -1")],
)
def test_a_number_nobody_listed_is_put_in_its_place(value, says):
    assert says in " ".join(grade("step_100_length", value).message.split())


@pytest.mark.parametrize(
    "change", [{}, {"initial_accumulator_value": 0.0}, {"lr_decay": 0.1}, {"eps": 1e-3}]
)
@pytest.mark.parametrize("scale", [1e-3, 10.0])
def test_the_stalled_run_is_what_torch_does(change, scale):
    settings = {**stalled_adagrad.GIVEN, **change}
    x = torch.tensor(quadratic.start, dtype=torch.float64, requires_grad=True)
    given = {name: value for name, value in settings.items() if name != "steps"}
    optimizer = torch.optim.Adagrad([x], **given)
    path = [x.detach().numpy().copy()]
    for _ in range(settings["steps"]):
        x.grad = torch.tensor(scale * quadratic.gradient(x.detach().numpy()))
        optimizer.step()
        path.append(x.detach().numpy().copy())
    np.testing.assert_allclose(stalled_adagrad.path(settings, scale), path, rtol=1e-9, atol=1e-15)


def test_the_tuned_run_arrives_the_given_one_does_not_and_the_repair_does():
    tuned = stalled_adagrad.tuned_path()
    stalled = stalled_adagrad.path(stalled_adagrad.GIVEN, stalled_adagrad.MEAN)
    repaired = stalled_adagrad.path(load("stalled_adagrad").reference, stalled_adagrad.MEAN)
    assert np.abs(tuned[-1]).max() < 1e-3
    assert stalled[-1, 0] < -1.5
    gap = np.abs(repaired - tuned).max()
    assert gap < stalled_adagrad.SAME * 2.5 / 3


@pytest.mark.parametrize("value", [*np.geomspace(1e-14, 10, 40), 0.0])
@pytest.mark.parametrize("name", ["lr", "eps", "lr_decay", "initial_accumulator_value"])
def test_every_value_of_a_setting_is_right_or_has_a_name(name, value):
    settings = {**stalled_adagrad.GIVEN, name: float(value)}
    result = grade("stalled_adagrad", settings)
    right = result.status == "passed" and name == "initial_accumulator_value"
    assert right or result.mistake is not None or settings == stalled_adagrad.GIVEN
