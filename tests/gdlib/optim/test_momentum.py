"""Momentum against torch and by hand; its two other conventions."""

import numpy as np
import pytest
import torch

from gdlib.descent import descend
from gdlib.objective import quadratic
from gdlib.optim import momentum
from gdlib.variant import variant

ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
lr_inside = variant(
    momentum, ("+ g", "+ lr * g"), ("x - lr * v", "x - v"), name="momentum_lr_inside"
)


def test_two_steps_by_hand():
    x, state = np.array([1.0]), momentum.init(np.array([1.0]))
    x, state = momentum.step(x, np.array([2.0]), state, lr=0.1, beta=0.5)
    assert state.v.tolist() == [2.0]
    assert x[0] == pytest.approx(0.8)
    x, state = momentum.step(x, np.array([1.0]), state, lr=0.1, beta=0.5)
    assert state.v.tolist() == [2.0]
    assert x[0] == pytest.approx(0.6)


def test_same_path_and_velocity_as_torch_sgd_through_an_lr_drop():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4)
    parameter, state = torch.tensor(x, requires_grad=True), momentum.init(x)
    optimizer = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
    for t in range(200):
        lr = optimizer.param_groups[0]["lr"] = 0.1 if t < 120 else 0.01
        g = rng.standard_normal(4) * 10.0 ** rng.integers(-12, 8)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, state = momentum.step(x, g, state, lr=lr)
        buffer = optimizer.state[parameter]["momentum_buffer"].numpy()
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(state.v, buffer, rtol=1e-12)


def test_averaging_form_is_the_same_with_lr_divided():
    runs = [
        descend(quadratic, quadratic.start, rule, 80, lr=lr, beta=0.9)
        for rule, lr in ((momentum, 0.02), (ema, 0.2))
    ]
    np.testing.assert_allclose(runs[0].x, runs[1].x, rtol=1e-9, atol=1e-12)


def test_lr_inside_is_the_same_until_lr_changes():
    def drop(t):
        return 0.05 if t < 20 else 0.005

    outside, inside = (
        descend(quadratic, quadratic.start, rule, 40, lr=drop, beta=0.9)
        for rule in (momentum, lr_inside)
    )
    np.testing.assert_allclose(outside.x[:21], inside.x[:21], rtol=1e-9)
    assert np.abs(outside.x[30] - inside.x[30]).max() > 0.1


def test_averaging_with_beta_one_never_moves():
    history = descend(quadratic, quadratic.start, ema, 50, lr=0.5, beta=1.0)
    assert (history.x == history.x[0]).all()
