"""Every objective: its gradient, its minima and its arguments."""

import numpy as np
import pytest
import torch

from gdlib import objective as objectives
from gdlib.gradient import check_gradient
from gdlib.least_squares import least_squares, rare_feature

ALL = (*objectives.OBJECTIVES, objectives.kinked, least_squares(), rare_feature())


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
def test_gradient_agrees_with_central_differences_all_over_the_window(objective):
    low, high = np.transpose(objective.window).astype(float)
    points = np.random.default_rng(0).uniform(low, high, (40, objective.dimension))
    worst = max(check_gradient(objective.value, objective.gradient, x).error for x in points)
    assert worst < 1e-6


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
def test_gradient_agrees_with_torch_autograd(objective):
    x = torch.tensor(
        [objective.start, (0.3, -0.7)[: objective.dimension]],
        dtype=torch.float64,
        requires_grad=True,
    )
    objective.value(x).sum().backward()
    torch.testing.assert_close(objective.gradient(x.detach()), x.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
def test_listed_minima_are_minima(objective):
    rng = np.random.default_rng(1)
    for minimum in objective.minima:
        x = np.array(minimum)
        assert np.abs(objective.gradient(x)).max() < 1e-12
        around = x + 1e-3 * rng.standard_normal((50, objective.dimension))
        assert (objective.value(around) > objective.value(x)).all()


def test_known_values():
    at = np.array([0.0, 0.0])
    assert objectives.rosenbrock.value(np.array([-1.2, 1.0])) == pytest.approx(24.2)
    assert objectives.beale.value(at) == pytest.approx(1.5**2 + 2.25**2 + 2.625**2)
    assert objectives.himmelblau.value(at) == 170
    assert objectives.rastrigin.value(at) == 0
    assert objectives.plateau.value(np.array([3.0, 4.0])) == pytest.approx(25 / 26)
    assert objectives.quadratic(kappa=100).value(np.array([1.0, 1.0])) == 50.5


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
def test_a_batch_of_points_gives_what_single_points_give(objective):
    points = np.random.default_rng(2).standard_normal((4, 5, objective.dimension))
    values = [[objective.value(x) for x in row] for row in points]
    np.testing.assert_allclose(objective.value(points), values, rtol=1e-13)
    gradients = [[objective.gradient(x) for x in row] for row in points]
    np.testing.assert_allclose(objective.gradient(points), gradients, rtol=1e-13)


@pytest.mark.parametrize("angle", [-30.0, 0.0, 45.0, 90.0, 200.0])
def test_turning_a_quadratic_keeps_its_curvatures_and_turns_their_directions(angle):
    turned = objectives.rotated_quadratic(kappa=7.0, angle=angle)
    radians = np.deg2rad(angle)
    flat = np.array([np.cos(radians), np.sin(radians)])
    steep = np.array([-np.sin(radians), np.cos(radians)])
    np.testing.assert_allclose(turned.gradient(flat), flat, atol=1e-14)
    np.testing.assert_allclose(turned.gradient(steep), 7 * steep, atol=1e-14)


def test_a_quadratic_turned_by_nothing_is_the_quadratic():
    points = np.random.default_rng(3).standard_normal((20, 2))
    same = objectives.rotated_quadratic(kappa=30.0, angle=0.0)
    np.testing.assert_array_equal(
        same.value(points), objectives.quadratic(kappa=30.0).value(points)
    )


def test_parameters_are_changed_by_a_call_and_the_original_is_not():
    steep = objectives.quadratic(kappa=500)
    assert steep.parameters["kappa"] == 500
    assert objectives.quadratic.parameters["kappa"] == 10


def test_unknown_parameter_is_refused_with_the_known_ones():
    with pytest.raises(TypeError, match="quadratic has no parameter 'k'; it has: kappa"):
        objectives.quadratic(k=3)


def test_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape \(…, 2\), got \(3,\)"):
        objectives.bowl.value(np.zeros(3))
    with pytest.raises(TypeError, match="needs an array, got list"):
        objectives.bowl.gradient([0.0, 0.0])


def test_least_squares_minimum_is_that_of_numpy():
    problem = least_squares(n=50, noise=1.0, seed=3)
    solution, *_ = np.linalg.lstsq(problem.features, problem.targets, rcond=None)
    np.testing.assert_allclose(problem.minima[0], solution, rtol=1e-12)


def test_a_rare_feature_is_seen_every_so_often_and_its_minimum_is_that_of_numpy():
    problem = rare_feature(n=200, every=40, seed=2)
    assert np.flatnonzero(problem.features[:, 1]).tolist() == [0, 40, 80, 120, 160]
    solution, *_ = np.linalg.lstsq(problem.features, problem.targets, rcond=None)
    np.testing.assert_allclose(problem.minima[0], solution, rtol=1e-12)
    exact = rare_feature(n=200, every=40, noise=0.0)
    np.testing.assert_allclose(exact.minima[0], (1, -1), rtol=1e-12)


def test_sample_gradients_average_to_the_gradient():
    problem = least_squares(n=37, seed=4)
    w = np.array([0.4, -2.0])
    samples = problem.sample_gradients(w)
    assert samples.shape == (37, 2)
    np.testing.assert_allclose(samples.mean(0), problem.gradient(w), rtol=1e-12)
    batch = np.array([3, 5, 8])
    np.testing.assert_allclose(problem.batch_gradient(w, batch), samples[batch].mean(0), rtol=1e-12)


def test_many_batches_at_once_give_what_single_batches_give():
    problem = least_squares(n=20, seed=5)
    rng = np.random.default_rng(0)
    w, batches = rng.standard_normal((4, 2)), rng.integers(0, 20, (4, 3))
    alone = [problem.batch_gradient(*pair) for pair in zip(w, batches, strict=True)]
    np.testing.assert_allclose(problem.batch_gradient(w, batches), alone, rtol=1e-12)


def test_the_first_samples_are_a_problem_with_a_minimum_of_its_own():
    problem = least_squares(n=50, noise=1.0, seed=3)
    part = problem.first(20)
    solution, *_ = np.linalg.lstsq(problem.features[:20], problem.targets[:20], rcond=None)
    np.testing.assert_allclose(part.minima[0], solution, rtol=1e-12)
    w = np.array([0.4, -2.0])
    np.testing.assert_allclose(part.gradient(w), problem.batch_gradient(w, np.arange(20)))
    with pytest.raises(ValueError, match="n must be between 2 and 50, got 51"):
        problem.first(51)


def test_one_pass_of_batches_meets_each_sample_once():
    batches = least_squares(n=12).batches(batch_size=4, seed=0)
    first, second = ([next(batches) for _ in range(3)] for _ in range(2))
    assert sorted(np.concatenate(first)) == list(range(12))
    assert np.concatenate(first).tolist() != np.concatenate(second).tolist()


def test_least_squares_refuses_nonsense():
    with pytest.raises(ValueError, match="n must be at least 2, got 1"):
        least_squares(n=1)
    with pytest.raises(ValueError, match="batch_size must be between 1 and 8, got 9"):
        next(least_squares(n=8).batches(9, seed=0))
    with pytest.raises(ValueError, match="every must be at least 1 and below n = 10, got 10"):
        rare_feature(n=10, every=10)
