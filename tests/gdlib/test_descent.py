"""Descend: closed forms on quadratics, sweeps, schedules, divergence, refusals."""

import numpy as np
import pytest

from gdlib.descent import descend, grid
from gdlib.least_squares import least_squares
from gdlib.objective import bowl, quadratic, rosenbrock, saddle
from gdlib.optim import adagrad, adam, gradient_descent, momentum
from gdlib.rule import short_name


def test_gradient_descent_on_a_quadratic_has_the_closed_form():
    lr, kappa, start = 0.15, 8.0, np.array([-2.5, 1.2])
    history = descend(quadratic(kappa=kappa), start, gradient_descent, 30, lr=lr)
    t = np.arange(31)[:, None]
    np.testing.assert_allclose(history.x, (1 - lr * np.array([1, kappa])) ** t * start, rtol=1e-9)
    np.testing.assert_allclose(history.f, quadratic(kappa=kappa).value(history.x))
    np.testing.assert_allclose(history.g, history.x * [1, kappa])


def test_run_that_diverges_stops_keeps_what_it_has_and_says_where():
    history = descend(bowl, [1.0, 0.0], gradient_descent, 1000, lr=3.0)
    # x_t = (−2)^t leaves |x| ≤ 1e12 at t = 40, with f = 2^80 / 2.
    assert history.diverged is True
    assert history.stopped_at == 40
    assert history.stopped_value == 2.0**79
    assert history.x.shape == (40, 2)
    assert history.x[-1, 0] == -(2.0**39)
    assert "diverged at step 40 with f = 6.04e+23" in repr(history)


def test_run_that_does_not_diverge_says_so():
    history = descend(bowl, [1.0, 0.0], gradient_descent, 10, lr=0.5)
    assert history.diverged is False
    assert history.stopped_at == 10
    assert history.stopped_value == history.f[-1]


@pytest.mark.parametrize("rule", [gradient_descent, momentum, adam], ids=short_name)
def test_sweep_equals_single_runs_also_where_some_diverge(rule):
    lrs = np.geomspace(1e-3, 1e3, 25)
    sweep = descend(quadratic, quadratic.start, rule, 60, lr=lrs)
    assert sweep.x.shape == (61, 25, 2)
    assert sweep.f.shape == (61, 25)
    for i, lr in enumerate(lrs):
        single = descend(quadratic, quadratic.start, rule, 60, lr=float(lr))
        k = len(single.f)
        np.testing.assert_allclose(sweep.x[:k, i], single.x, rtol=1e-13)
        assert sweep.stopped_at[i] == single.stopped_at
        assert sweep.diverged[i] == single.diverged
        np.testing.assert_allclose(sweep.stopped_value[i], single.stopped_value, rtol=1e-13)
        # A run that diverged is frozen where it last stood.
        assert (sweep.x[k:, i] == single.x[-1]).all()
        assert (sweep.g[k:, i] == single.g[-1]).all()


def test_many_starts_and_a_swept_hyperparameter_go_together():
    starts = np.array([[-1.2, 1.0], [0.5, 0.5], [2.0, -1.0]])
    lrs = np.array([1e-4, 1e-3, 2e-4])
    sweep = descend(rosenbrock, starts, momentum, 40, lr=lrs, beta=0.5)
    for i in range(3):
        single = descend(rosenbrock, starts[i], momentum, 40, lr=lrs[i], beta=0.5)
        np.testing.assert_allclose(sweep.x[:, i], single.x, rtol=1e-13)


def test_grid_crosses_its_axes():
    axes = grid(lr=[0.1, 0.2, 0.3], beta=[0.0, 0.9])
    assert axes["lr"].tolist() == [0.1, 0.2, 0.3] * 2
    assert axes["beta"].tolist() == [0.0] * 3 + [0.9] * 3
    assert descend(bowl, [1.0, 1.0], momentum, 5, **axes).f.shape == (6, 6)


def test_what_init_takes_is_given_to_it_and_may_be_swept():
    single = descend(bowl, [1.0, 1.0], adagrad, 3, lr=0.1, initial_accumulator=3.0)
    # First step: lr · g / √(3 + g²).
    np.testing.assert_allclose(single.x[1], 1 - 0.1 / 2, rtol=1e-9)
    swept = descend(bowl, [1.0, 1.0], adagrad, 3, lr=0.1, initial_accumulator=[0.0, 3.0])
    np.testing.assert_allclose(swept.x[:, 1], single.x, rtol=1e-13)


def test_schedule_is_read_at_zero_for_the_first_step():
    seen = []

    def halving(t):
        seen.append(t)
        return 0.5**t

    history = descend(bowl, [1.0, 0.0], gradient_descent, 3, lr=halving)
    assert seen == [0, 1, 2]
    # lr 1 at the first step goes to the minimum at once.
    assert history.x[1].tolist() == [0.0, 0.0]


def test_mini_batches_follow_the_seed_and_use_the_batch_gradient():
    problem = least_squares(n=32)
    runs = [
        descend(problem, [0.0, 0.0], gradient_descent, 20, lr=0.1, batch_size=4, seed=s)
        for s in (0, 0, 1)
    ]
    assert (runs[0].x == runs[1].x).all()
    assert (runs[0].x != runs[2].x).any()
    batch = next(problem.batches(4, seed=0))
    np.testing.assert_allclose(runs[0].g[0], problem.batch_gradient(np.zeros(2), batch))
    np.testing.assert_allclose(runs[0].f, problem.value(runs[0].x))


@pytest.mark.parametrize("rule", [gradient_descent, adam])
def test_each_of_many_seeds_gives_the_run_it_gives_alone(rule):
    problem = least_squares(n=32)
    pairs = grid(lr=[0.05, 0.1], seed=[3, 1])
    sweep = descend(problem, [0.5, 0.0], rule, 20, batch_size=4, **pairs)
    assert sweep.x.shape == (21, 4, 2)
    for i, (lr, seed) in enumerate(zip(pairs["lr"], pairs["seed"], strict=True)):
        alone = descend(problem, [0.5, 0.0], rule, 20, batch_size=4, lr=lr, seed=seed)
        np.testing.assert_allclose(sweep.x[:, i], alone.x, rtol=1e-10)
        np.testing.assert_allclose(sweep.f[:, i], alone.f, rtol=1e-10)
    only = descend(problem, [0.5, 0.0], rule, 20, batch_size=4, lr=0.05, seed=[3, 1])
    np.testing.assert_allclose(only.x, sweep.x[:, [0, 2]], rtol=1e-12)


def test_full_batch_equals_the_exact_gradient():
    problem = least_squares(n=16)
    exact = descend(problem, [0.0, 0.0], adam, 20, lr=0.1)
    full = descend(problem, [0.0, 0.0], adam, 20, lr=0.1, batch_size=16, seed=0)
    np.testing.assert_allclose(full.x, exact.x, rtol=1e-10)


def test_objective_whose_gradient_is_its_argument_is_not_disturbed():
    class Plain:
        name = "plain"
        value = staticmethod(lambda x: (x**2).sum(-1) / 2)
        gradient = staticmethod(lambda x: x)

    lrs = np.array([0.5, 3.0])
    sweep = descend(Plain, [1.0, 2.0], gradient_descent, 100, lr=lrs)
    np.testing.assert_allclose(sweep.x, descend(bowl, [1.0, 2.0], gradient_descent, 100, lr=lrs).x)


def test_steps_to_a_target_are_counted_and_inf_if_it_is_not_reached():
    # f = 0.25^t / 2 on the bowl with lr 0.5.
    history = descend(bowl, [1.0, 0.0], gradient_descent, 10, lr=0.5)
    assert history.steps_to(0.5) == 0
    assert history.steps_to(0.5 * 0.25**3) == 3
    assert history.steps_to(1e-12) == np.inf
    sweep = descend(bowl, [1.0, 0.0], gradient_descent, 10, lr=np.array([0.5, 3.0, 1.0]))
    assert sweep.steps_to(0.1).tolist() == [2, np.inf, 1]


def test_start_is_not_changed():
    start = np.array([1.0, 2.0])
    descend(saddle, start, gradient_descent, 5, lr=0.1)
    assert start.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (TypeError, "has no hyperparameter 'momentum'; it has: ", {"momentum": 0.9}),
        (ValueError, "lr not negative, got -0.1", {"lr": -0.1}),
        (ValueError, "lr must be finite", {"lr": [0.1, np.nan]}),
        (ValueError, r"one length, got \[2, 3\]", {"lr": [0.1, 0.2], "beta": [0.1, 0.2, 0.3]}),
        (ValueError, "steps must be a whole number of at least 1, got 0", {"steps": 0}),
        (ValueError, "steps must be a whole number of at least 1, got 1.5", {"steps": 1.5}),
        (ValueError, r"x0 must have shape \(d,\) or \(r, d\), got \(\)", {"x0": 1.0}),
        (ValueError, "finite at the start", {"x0": [np.inf, 0.0]}),
        (ValueError, "batch_size and seed together", {"batch_size": 4}),
        (ValueError, r"one length, got \[2, 3\]", {"lr": [0.1, 0.2], "seed": [0, 1, 2]}),
        (TypeError, "bowl is not made of samples", {"batch_size": 4, "seed": 0}),
    ],
)
def test_nonsense_is_refused_with_what_was_got(error, message, arguments):
    call = {"x0": [1.0, 1.0], "steps": 10, **arguments}
    with pytest.raises(error, match=message):
        descend(bowl, rule=momentum, **call)
