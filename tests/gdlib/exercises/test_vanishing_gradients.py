"""The exercises of the chapter vanishing_gradients: against the engine, runs and torch."""

import numpy as np
import pytest
import torch

from gdlib.activation import relu, tanh
from gdlib.autograd import Tape, Tensor
from gdlib.exercises import load, stuck_deep_net
from gdlib.grade import grade


def one_line(result):
    return " ".join(result.message.split())


@pytest.mark.parametrize("activation", [tanh, relu])
def test_the_gradients_of_the_layers_are_those_of_the_engine(activation):
    rng = np.random.default_rng(0)
    weights, g = rng.standard_normal((6, 5, 5)), rng.standard_normal(5)
    h, z = Tensor(rng.standard_normal(5)), []
    with Tape() as tape:
        for w in weights:
            z.append(w @ h)
            h = activation(z[-1])
        loss = (h * g).sum()
    values = np.array([row.data for row in z])
    found = load("layer_gradients").reference(values, weights, g, activation)
    np.testing.assert_allclose(found, tape.gradient(loss, z), rtol=1e-12)


def signs_only(z, weights, g, activation):
    return np.sign(load("layer_gradients").reference(z, weights, g, activation))


def test_a_mistake_without_a_name_is_shown_by_a_probe_that_names_the_activation():
    result = grade("layer_gradients", signs_only)
    assert (result.status, result.mistake) == ("failed", None)
    assert "activation = tanh" in one_line(result)


def test_torchs_default_leaves_what_the_answer_says():
    torch.manual_seed(0)
    n, shares = 256, []
    for _ in range(8):
        x = torch.randn(16, n, dtype=torch.float64, requires_grad=True)
        h = x
        for _ in range(20):
            h = torch.relu(torch.nn.Linear(n, n, dtype=torch.float64)(h))
        h.backward(torch.randn(h.shape, dtype=torch.float64))
        shares.append(x.grad.square().mean())
    share = float(torch.stack(shares).mean().sqrt())
    assert share == pytest.approx(load("default_relu_factor").reference, rel=0.5)


@pytest.mark.parametrize(
    ("value", "says"),
    [(0.01, "0.794 each, and 0.631 in the mean square"), (0.0, "is positive"), (-1.0, "positive")],
)
def test_another_factor_is_answered_by_what_it_says_of_one_layer(value, says):
    result = grade("default_relu_factor", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in one_line(result)


def test_all_hidden_layers_of_the_stuck_net_have_equally_small_gradients():
    losses, norms = stuck_deep_net.run(stuck_deep_net.GIVEN)
    assert len(norms) == stuck_deep_net.LAYERS
    assert max(norms) < 5 * min(norms)
    assert max(norms) < 1e-4
    assert losses[-1] > 2.2


def test_the_repaired_net_learns_by_far():
    losses, norms = stuck_deep_net.run(load("stuck_deep_net").reference)
    assert losses[-1] < stuck_deep_net.TARGET / 10
    assert min(norms) > 0.1


@pytest.mark.parametrize("gain", [-1.0, 0.0, *np.geomspace(0.01, 100, 17)])
def test_every_gain_is_right_or_has_a_name(gain):
    result = grade("stuck_deep_net", {**stuck_deep_net.GIVEN, "gain": float(gain)})
    assert result.mistake is not None or (result.status == "passed" and 1.2 < gain < 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("lr", lr) for lr in (-1.0, 0.0, 1e-4, 0.1, 1.0, 30.0, 1e6, 1e300)],
        *[("slope", slope) for slope in (-1.0, 0.01, 0.5, 1.0, 2.3)],
        *[("steps", steps) for steps in (-1, 0, 1, 100, 10**9)],
    ],
)
def test_no_other_setting_repairs_the_net(name, value):
    result = grade("stuck_deep_net", {**stuck_deep_net.GIVEN, name: value})
    assert result.mistake is not None
