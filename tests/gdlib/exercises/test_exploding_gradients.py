"""The exercises of the chapter exploding_gradients: against the engine, and unlisted answers."""

import numpy as np
import pytest

from gdlib.autograd import Tape, Tensor
from gdlib.exercises import exploding_run, growth_over_20_steps, load
from gdlib.grade import grade
from gdlib.layers import RNN

exercise = load("gradients_through_time")


def test_reference_agrees_with_the_tape_from_every_state():
    net = RNN(2, 5).initialize(0)
    net.weight_hh_l0.data *= 3
    rng = np.random.default_rng(1)
    x, g = rng.standard_normal((7, 2)), rng.standard_normal(5)
    start = rng.uniform(-0.5, 0.5, 5)
    states = np.concatenate([[start], net(x[None], start[None])[0]])
    found = exercise.reference(states, net.weight_hh_l0.data, g)
    for t in range(7):
        h = Tensor(states[t][None])
        with Tape() as tape:
            loss = (net(x[None, t:], h)[0, -1] * g).sum()
        np.testing.assert_allclose(found[t], tape.gradient(loss, h)[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(found[-1], g)


def test_reference_is_the_product_of_the_librarys_jacobians():
    net = RNN(1, 4).initialize(3)
    x = np.random.default_rng(0).standard_normal((6, 1))
    states = np.concatenate([np.zeros((1, 4)), net(x[None])[0]])
    product = np.eye(4)
    for jacobian in net.jacobians(x):
        product = jacobian @ product
    g = np.arange(4.0)
    found = exercise.reference(states, net.weight_hh_l0.data, g)[0]
    np.testing.assert_allclose(found, product.T @ g, rtol=1e-12)


def wrong_at_the_end(states, U, g):
    found = exercise.reference(states, U, g)
    found[-1] = 0
    return found


def test_a_mistake_without_a_name_is_shown_by_a_probe():
    result = grade("gradients_through_time", wrong_at_the_end)
    assert (result.status, result.mistake) == ("failed", None)
    assert "yours gives" in result.message


def test_the_growth_is_the_norm_of_the_product_of_all_twenty():
    product = np.eye(2)
    for step in range(1, 21):
        jacobian = growth_over_20_steps.ODD if step % 2 else growth_over_20_steps.EVEN
        product = jacobian @ product
    norm = np.linalg.norm(product.T, 2)
    assert norm == pytest.approx(load("growth_over_20_steps").reference, rel=1e-12)
    for matrix in (growth_over_20_steps.ODD, growth_over_20_steps.EVEN):
        assert np.abs(np.linalg.eigvals(matrix)).max() < 0.9


@pytest.mark.parametrize(
    ("value", "says"), [(50.0, "1.22 a step"), (0.5, "shrinking"), (-1.0, "not by -1")]
)
def test_another_growth_is_put_in_its_place(value, says):
    assert says in " ".join(grade("growth_over_20_steps", value).message.split())


def test_the_given_run_is_as_the_task_says_and_the_repair_arrives():
    losses, norms = exploding_run.run(exploding_run.GIVEN)
    assert len(losses) == 301
    assert round(losses[0]) == 3917
    assert losses[-1] > 1
    assert norms[0] > 1e6
    losses, _ = exploding_run.run(load("exploding_run").reference)
    assert losses[-1] < exploding_run.TARGET / 10
    net, x, y = exploding_run.net_and_data(exploding_run.GIVEN)
    assert np.mean((y - y.mean()) ** 2) == pytest.approx(0.0955, abs=5e-5)
    assert net(x).shape == y.shape


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.3, 0.9, 0.97, 1.0, 1.06, 1.2, 1.31, 2.0, 100.0])
def test_every_start_is_right_or_has_a_name(value):
    result = grade("exploding_run", {**exploding_run.GIVEN, "recurrent": value})
    assert (result.status == "passed") == (value in (1.0, 1.06))
    assert result.status == "passed" or result.mistake is not None


@pytest.mark.parametrize("name", ["lr", "max_norm"])
@pytest.mark.parametrize("value", [-1.0, 0.0, 1e-6, 1e-4, 0.03, 3.0, 1e4, 1e8])
def test_no_learning_rate_and_no_threshold_repairs_the_run(name, value):
    result = grade("exploding_run", {**exploding_run.GIVEN, name: value})
    assert result.status == "failed"
    assert result.mistake is not None
    if value > 0:
        losses, _ = exploding_run.run({**exploding_run.GIVEN, name: value})
        assert not losses[-1] <= 4 * exploding_run.TARGET


@pytest.mark.parametrize("change", [{"steps": 0}, {"steps": 10**9}, {"length": 0}, {"length": 5}])
def test_odd_budgets_and_lengths_have_a_name_and_take_no_time(change):
    result = grade("exploding_run", {**exploding_run.GIVEN, **change})
    assert result.mistake in {"changed the task", "more steps", "fewer steps"}
