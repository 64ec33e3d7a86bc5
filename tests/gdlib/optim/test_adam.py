"""Adam against torch, by hand, and its known laws."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gdlib.optim import adam
from gdlib.variant import variant

uncorrected = variant(adam, ("m / (1 - beta1**t)", "m"), ("v / (1 - beta2**t)", "v"))


def displacements(rule, gradients, **hyper):
    """Distances moved, in units of lr, with lr = 1."""
    x = np.zeros(1)
    state, xs = rule.init(x), [0.0]
    for g in gradients:
        x, state = rule.step(x, np.array([g]), state, lr=1.0, **hyper)
        xs.append(float(x[0]))
    return -np.diff(xs)


def test_two_steps_by_hand():
    # Constant gradient 2: both corrected means are exact, so each step is lr · 2 / (2 + eps).
    np.testing.assert_allclose(displacements(adam, [2.0, 2.0], eps=0.5), 2 / 2.5, rtol=1e-12)


def test_same_path_and_state_as_torch_adam_through_an_lr_drop():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4)
    parameter, state = torch.tensor(x, requires_grad=True), adam.init(x)
    optimizer = torch.optim.Adam([parameter], lr=0.1, eps=1e-6)
    for t in range(200):
        lr = optimizer.param_groups[0]["lr"] = 0.1 if t < 120 else 0.01
        g = rng.standard_normal(4) * 10.0 ** rng.integers(-12, 8) * (t % 7 != 3)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, state = adam.step(x, g, state, lr=lr, eps=1e-6)
        kept = optimizer.state[parameter]
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(state.m, kept["exp_avg"].numpy(), rtol=1e-12)
        np.testing.assert_allclose(state.v, kept["exp_avg_sq"].numpy(), rtol=1e-12)
        assert state.t == kept["step"]


def test_first_step_is_lr_whatever_the_gradient():
    for g in (1e-3, 1.0, -1e6):
        assert displacements(adam, [g], eps=0.0)[0] == pytest.approx(np.sign(g))


def test_first_step_without_bias_correction_is_three_times_lr():
    step = displacements(uncorrected, [1.0])[0]
    assert step == pytest.approx((1 - 0.9) / np.sqrt(1 - 0.999), rel=1e-6)
    assert step == pytest.approx(3.16, abs=0.01)


@given(st.floats(1e-3, 1e3), st.lists(st.floats(-1, 1), min_size=3, max_size=8))
def test_scaling_every_gradient_changes_nothing_when_eps_is_zero(scale, gradients):
    gradients = np.array([1.0, *gradients])
    plain, scaled = (displacements(adam, g, eps=0.0) for g in (gradients, scale * gradients))
    np.testing.assert_allclose(plain, scaled, rtol=1e-6, atol=1e-9)
