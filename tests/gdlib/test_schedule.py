"""Schedules against PyTorch's sequences, value for value, and at their ends."""

import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from gdlib import schedule
from gdlib.descent import descend
from gdlib.objective import bowl
from gdlib.optim import gradient_descent

STEPS = 60


def torch_rates(make, lr=0.2, steps=STEPS, key="lr"):
    """What PyTorch's scheduler gives the updates 1, 2, …"""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    rates = []
    for k in range(steps):
        rates.append(optimizer.param_groups[0][key])
        optimizer.step()
        if k + 1 < steps:
            scheduler.step()
    return rates


def linear_then_cosine(optimizer):
    rise = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[10])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (schedule.constant(0.2), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (schedule.step(0.2, 7, 0.5), lambda o: lr_scheduler.StepLR(o, 7, 0.5)),
        (schedule.exponential(0.2, 0.9), lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
        (schedule.polynomial(0.2, 40, 2.0), lambda o: lr_scheduler.PolynomialLR(o, 40, 2.0)),
        (schedule.cosine(0.2, 59, 0.01), lambda o: lr_scheduler.CosineAnnealingLR(o, 59, 0.01)),
        (
            schedule.cosine_restarts(0.2, 9, 2, 0.01),
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 9, 2, 0.01),
        ),
        (schedule.warmup(schedule.cosine(0.2, 50), 10, start=0.1), linear_then_cosine),
        (
            schedule.warmup(schedule.constant(0.2), 5),
            lambda o: lr_scheduler.LinearLR(o),
        ),
        (schedule.one_cycle(0.5, STEPS), lambda o: lr_scheduler.OneCycleLR(o, 0.5, STEPS)),
    ],
)
def test_rates_are_those_of_torch(ours, theirs):
    expected = torch_rates(theirs)
    np.testing.assert_allclose([ours(t) for t in range(STEPS)], expected, rtol=1e-10, atol=1e-15)


def test_momentum_of_one_cycle_is_that_of_torch():
    expected = torch_rates(lambda o: lr_scheduler.OneCycleLR(o, 0.5, STEPS), key="momentum")
    ours = schedule.one_cycle_beta(STEPS)
    np.testing.assert_allclose([ours(t) for t in range(STEPS)], expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_reduction_on_plateau_is_that_of_torch(seed):
    rng = np.random.default_rng(seed)
    metrics = np.exp(-0.05 * np.arange(120)) + 0.2 * rng.random(120)
    metrics[30] = math.nan
    settings = {"factor": 0.3, "patience": 4, "cooldown": 3}
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    theirs = lr_scheduler.ReduceLROnPlateau(optimizer, min_lr=1e-3, **settings)
    ours = schedule.ReduceOnPlateau(0.2, lr_min=1e-3, **settings)
    rates = []
    for metric in metrics:
        theirs.step(metric)
        assert ours.update(metric) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        rates.append(ours.lr)
    assert len(set(rates)) >= 3
    assert ours(0) == ours(99) == rates[-1]


def test_cosine_stays_down_where_torch_goes_up_again():
    ours = schedule.cosine(0.2, 20)
    theirs = torch_rates(lambda o: lr_scheduler.CosineAnnealingLR(o, 20))
    assert ours(40) == 0.0
    assert theirs[40] == pytest.approx(0.2)


def test_one_cycle_stays_at_its_end():
    ours = schedule.one_cycle(0.5, 60)
    assert ours(59) == ours(1000) == pytest.approx(0.5 / 25 / 1e4)
    assert max(ours(t) for t in range(60)) == pytest.approx(0.5)
    assert ours(17) == pytest.approx(0.5)


def test_inverse_square_root_peaks_at_its_peak():
    ours = schedule.inverse_square_root(0.1, 100)
    assert ours(0) == pytest.approx(0.001)
    assert ours(99) == 0.1
    assert ours(399) == pytest.approx(0.05)


def test_descend_follows_a_schedule():
    history = descend(bowl, [1.0, 0.0], gradient_descent, 5, lr=schedule.polynomial(1.0, 2))
    # Rates 1, 1/2, 0, 0, 0: arrives in one step.
    assert history.x[1:, 0].tolist() == [0.0] * 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedule.constant(-0.1), "lr must be positive, got -0.1"),
        (lambda: schedule.step(0.1, 0), "every must be positive, got 0"),
        (lambda: schedule.cosine(0.1, math.nan), "total must be positive, got nan"),
        (lambda: schedule.one_cycle(0.1, 3), "must be above 1, got 0.3 · 3"),
        (lambda: schedule.ReduceOnPlateau(0.1, factor=1.5), "factor must be below 1, got 1.5"),
    ],
)
def test_nonsense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
