"""The iteration matrix of a rule, against closed forms."""

import numpy as np
import pytest

from gdlib import stability
from gdlib.optim import adam, gradient_descent, momentum
from gdlib.variant import variant

BETAS = np.array([0.0, 0.5, 0.9, 0.99])
AVERAGED = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
NESTEROV = variant(momentum, ("lr * v", "lr * (g + beta * v)"), name="nesterov_form")


def test_the_matrix_of_the_heavy_ball_is_the_one_in_the_textbooks():
    found = stability.iteration_matrix(momentum, 10.0, lr=0.02, beta=0.9)
    np.testing.assert_allclose(found, [[1 - 0.2, -0.018], [10.0, 0.9]], rtol=1e-15)


def test_gradient_descent_contracts_by_one_minus_lr_times_curvature():
    curvatures = np.array([1.0, 3.0, 10.0])
    found = stability.spectral_radius(gradient_descent, curvatures, lr=np.array([[0.05], [0.25]]))
    np.testing.assert_allclose(found, np.abs(1 - np.array([[0.05], [0.25]]) * curvatures))


def test_gradient_descent_is_stable_up_to_two_over_the_curvature():
    found = stability.largest_stable_lr(gradient_descent, np.array([0.3, 1.0, 1000.0]))
    np.testing.assert_allclose(found, 2 / np.array([0.3, 1.0, 1000.0]), rtol=1e-12)


@pytest.mark.parametrize(
    ("rule", "closed_form"),
    [
        (momentum, lambda beta: 2 * (1 + beta)),
        (AVERAGED, lambda beta: 2 * (1 + beta) / (1 - beta)),
        (NESTEROV, lambda beta: 2 * (1 + beta) / (1 + 2 * beta)),
    ],
    ids=["heavy ball", "averaged", "nesterov"],
)
def test_momentum_is_stable_up_to_the_closed_form(rule, closed_form):
    found = stability.largest_stable_lr(rule, 7.0, beta=BETAS)
    np.testing.assert_allclose(found, closed_form(BETAS) / 7, rtol=1e-12)


def test_the_best_momentum_on_two_curvatures_reaches_the_known_rate():
    root = np.sqrt(100.0)
    lr, beta = (2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2
    found = stability.spectral_radius(momentum, np.array([1.0, 100.0]), lr=lr, beta=beta)
    np.testing.assert_allclose(found, (root - 1) / (root + 1), rtol=1e-7)


def test_a_number_in_gives_a_number_out():
    assert isinstance(stability.spectral_radius(momentum, 2.0, lr=0.1), float)
    assert isinstance(stability.largest_stable_lr(momentum, 2.0, beta=0.5), float)


def test_rules_that_are_not_linear_are_refused_by_name():
    assert stability.is_linear(momentum)
    assert not stability.is_linear(adam)
    with pytest.raises(ValueError, match="the step of adam is not linear"):
        stability.spectral_radius(adam, 1.0)
    clipped = variant(gradient_descent, ("lr * g", "lr * g * (abs(g) < 1000)"))
    assert not stability.is_linear(clipped)


def test_unusable_arguments_are_refused():
    with pytest.raises(ValueError, match="curvature must be positive, got -1"):
        stability.largest_stable_lr(momentum, -1.0)
    with pytest.raises(TypeError, match="momentum has no hyperparameter 'betta'"):
        stability.spectral_radius(momentum, 1.0, betta=0.9)
    with pytest.raises(ValueError, match="diverges for every lr"):
        stability.largest_stable_lr(momentum, 1.0, beta=1.5)
