"""The exercises that ask for one change: what their runs do, and answers nobody listed."""

import numpy as np
import pytest
import torch

from gdlib.exercises import diverging_run, load, momentum_conversion
from gdlib.grade import grade
from gdlib.objective import quadratic


def test_the_given_run_diverges_and_the_reference_arrives():
    exercise = load("diverging_run")
    assert diverging_run.run(exercise.given).diverged
    assert diverging_run.run(exercise.reference).f[-1] <= 1e-3


@pytest.mark.parametrize("start", [(-2.5, 1.2), (3.0, 1.0), (0.1, -2.0)])
def test_the_repair_works_from_other_starts_too(start):
    reference = load("diverging_run").reference
    assert diverging_run.run({**reference, "x0": start}).f[-1] <= 1e-3


@pytest.mark.parametrize("lr", np.geomspace(1e-4, 1.0, 25))
def test_every_lr_is_right_or_has_a_name(lr):
    for name in ("diverging_run", "momentum_conversion"):
        result = grade(name, {**load(name).given, "lr": float(lr)})
        assert result.status == "passed" or result.mistake is not None


@pytest.mark.parametrize(
    "settings", [{}, {"lr": 0.05}, {"dampening": 0.9}, {"momentum": 0.5}, {"momentum": 0.0}]
)
def test_the_moved_run_is_what_torch_does(settings):
    settings = {**momentum_conversion.GIVEN, **settings}
    x = torch.tensor(quadratic.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], **settings)
    path = [x.detach().numpy().copy()]
    for _ in range(momentum_conversion.STEPS):
        x.grad = torch.tensor(quadratic.gradient(x.detach().numpy()))
        optimizer.step()
        path.append(x.detach().numpy().copy())
    np.testing.assert_allclose(momentum_conversion.moved_path(settings), path, rtol=1e-9)


def test_the_converted_path_is_the_tuned_one_and_the_given_one_diverges():
    exercise = load("momentum_conversion")
    tuned = momentum_conversion.tuned_path()
    np.testing.assert_allclose(
        momentum_conversion.moved_path(exercise.reference), tuned, atol=1e-13
    )
    assert np.abs(momentum_conversion.moved_path(exercise.given)[-1]).max() > 1e6
    for mistake in exercise.mistakes:
        gap = np.abs(momentum_conversion.moved_path(mistake.answer) - tuned).max()
        assert not gap < 1000 * momentum_conversion.SAME


def test_settings_as_lists_arrays_and_whole_numbers_are_as_good():
    given = load("diverging_run").given
    assert grade("diverging_run", {**given, "x0": [-2.5, 1.2]}).status == "not attempted"
    right = {**given, "kappa": 100, "x0": np.array([-2.5, 1.2]), "lr": np.float32(0.0125)}
    assert grade("diverging_run", right).status == "passed"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x0": (1.0,)}, "x0 must be 2 numbers"),
        ({"x0": [(1.0,), 2.0]}, "x0 must be 2 numbers"),
        ({"lr": "small"}, "lr must be a number"),
        ({"lr": float("nan")}, "lr must be a number"),
        ({"lr": True}, "lr must be a number"),
        ({"steps": 10.5}, "steps must be a whole number"),
        ({"beta": 0.9}, "The settings are kappa, x0, lr, steps"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(change, says):
    result = grade("diverging_run", {**load("diverging_run").given, **change})
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())


@pytest.mark.parametrize("answer", [0.01, [("lr", 0.01)], {"lr": 0.01}, {}])
def test_something_else_than_the_settings_is_refused(answer):
    result = grade("diverging_run", answer)
    assert result.status == "failed"
    assert "settings" in result.message


@pytest.mark.parametrize("change", [{"kappa": -1.0}, {"steps": 0}, {"steps": 10**9}])
def test_odd_changes_of_one_setting_have_a_name_and_take_no_time(change):
    result = grade("diverging_run", {**load("diverging_run").given, **change})
    assert result.mistake in {"changed the bowl", "stopped earlier", "more steps"}
