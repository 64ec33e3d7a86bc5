"""The exercises of the chapter clipping: against torch, the library, runs, and other answers."""

import numpy as np
import pytest
import torch

from gdlib import clip
from gdlib.exercises import clipped_resting_place, crawling_run, load
from gdlib.grade import grade


@pytest.mark.parametrize("max_norm", [0.5, 3.0, 1e3])
def test_the_reference_is_what_the_library_and_torch_do(max_norm):
    rng = np.random.default_rng(0)
    gradients = rng.normal(0, 3, (4, 5))
    clipped, norm = load("clip_together").reference(gradients, max_norm)
    ours = clip.by_global_norm(list(gradients), max_norm=max_norm)
    np.testing.assert_allclose(clipped, ours.gradients, rtol=1e-14)
    assert norm == pytest.approx(ours.norm, rel=1e-14)
    weights = [torch.nn.Parameter(torch.zeros(5, dtype=torch.float64)) for _ in gradients]
    for weight, g in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(g)
    theirs = torch.nn.utils.clip_grad_norm_(weights, max_norm)
    assert norm == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(clipped, [w.grad for w in weights], rtol=1e-6)


def test_the_reference_gives_back_what_is_infinite_and_changes_nothing():
    gradients = np.array([[1.0, np.inf], [3.0, -2.0]])
    clipped, norm = load("clip_together").reference(gradients, 1.0)
    np.testing.assert_array_equal(clipped, gradients)
    assert norm == np.inf
    assert clipped is not gradients


def as_torch_does(gradients, max_norm):
    norm = np.linalg.norm(gradients)
    return gradients * min(max_norm / (norm + 1e-6), 1.0), norm


def with_the_norm_wrong(gradients, max_norm):
    clipped, norm = load("clip_together").reference(gradients, max_norm)
    return clipped, 2 * norm + 1


def in_place(gradients, max_norm):
    norm = np.linalg.norm(gradients)
    if max_norm < norm < np.inf:
        gradients *= max_norm / norm
    return gradients, norm


def test_answers_of_another_form_are_named_or_shown():
    assert grade("clip_together", as_torch_does).mistake == "one infinity wipes out the rest"
    assert grade("clip_together", in_place).mistake == "changes its arguments"
    result = grade("clip_together", with_the_norm_wrong)
    assert (result.status, result.mistake) == ("failed", None)
    assert "clipped is right" in " ".join(result.message.split())


def test_a_long_clipped_descent_settles_at_the_resting_place():
    rng = np.random.default_rng(0)
    x, total = np.full(2000, 1.0), 0.0
    for step in range(1500):
        a = 10.0 * (rng.random(2000) < 0.1)
        x = x - 0.02 * clip.by_value(x - a, limit=1.0).gradients
        total += x.mean() if step >= 500 else 0
    assert total / 1000 == pytest.approx(load("clipped_resting_place").reference, abs=0.003)


@pytest.mark.parametrize(
    ("value", "says"), [(0.5, "to the left"), (0.05, "to the right"), (-3.0, "to the right")]
)
def test_another_place_is_told_where_it_is_pulled(value, says):
    assert says in " ".join(grade("clipped_resting_place", value).message.split())
    assert "nowhere" in clipped_resting_place._observe(1 / 9)


def test_the_given_run_is_as_the_task_says_and_the_repair_arrives():
    first, norm, last = crawling_run.run(crawling_run.GIVEN)
    assert (round(first, 1), round(last, 1)) == (12.3, 12.0)
    assert norm / 1024 == pytest.approx(5, abs=0.1)
    first, norm, last = crawling_run.run(load("crawling_run").reference)
    assert norm == pytest.approx(5, abs=0.1)
    assert last < crawling_run.TARGET / 100


@pytest.mark.parametrize("name", ["lr", "loss_scale", "max_norm"])
@pytest.mark.parametrize("value", [*np.geomspace(3e-3, 3e6, 10), -1.0, 0.0, 60.0])
def test_every_number_is_right_or_has_a_name(name, value):
    result = grade("crawling_run", {**crawling_run.GIVEN, name: value})
    assert (result.status == "passed") == (name == "max_norm" and value > 150)
    assert result.status == "passed" or result.mistake is not None


@pytest.mark.parametrize("change", [{"steps": 0}, {"steps": 10**9}, {"clip_first": -1}])
def test_odd_budgets_and_orders_have_a_name_and_take_no_time(change):
    result = grade("crawling_run", {**crawling_run.GIVEN, **change})
    assert result.mistake in {"more steps", "fewer steps", "neither order"}


def test_the_resting_place_may_be_rounded_to_two_digits():
    assert grade("clipped_resting_place", 0.11).status == "passed"
    assert grade("clipped_resting_place", 0.1).mistake == "nine samples counted as ten"
