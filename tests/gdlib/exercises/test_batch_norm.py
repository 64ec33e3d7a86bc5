"""The exercises of the chapter batch_norm: against torch, the library's layer, and runs."""

import numpy as np
import pytest
import torch

from gdlib.activation import relu
from gdlib.autograd import Tape, value_of
from gdlib.exercises import load, moved_batch_norm
from gdlib.grade import grade
from gdlib.layers import BatchNorm1d, Linear, Sequential
from gdlib.loss import mse


@pytest.mark.parametrize("training", [True, False])
def test_the_reference_is_what_torch_does(training):
    rng = np.random.default_rng(0)
    x, G = rng.normal(2, 3, 6), rng.standard_normal(6)
    y, *found = load("normalize_batch").reference(x, G, 1.5, 0.5, -1.0, 4.0, training, 0.3, 0.2)
    norm = torch.nn.BatchNorm1d(1, eps=0.2, momentum=0.3, dtype=torch.float64).train(training)
    with torch.no_grad():
        norm.weight.fill_(1.5)
        norm.bias.fill_(0.5)
        norm.running_mean.fill_(-1.0)
        norm.running_var.fill_(4.0)
    values = torch.tensor(x[:, None], requires_grad=True)
    outputs = norm(values)
    outputs.backward(torch.tensor(G[:, None]))
    np.testing.assert_allclose(y, outputs.detach()[:, 0], rtol=1e-12)
    wanted = [
        *(values.grad[:, 0], norm.weight.grad, norm.bias.grad),
        *(norm.running_mean, norm.running_var),
    ]
    for got, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(got, want.numpy().squeeze(), rtol=1e-10, atol=1e-14)


def both_mistakes(x, G, gamma, beta, mean, var, training, momentum, eps):
    y, grad_x, *rest = load("normalize_batch").reference(
        x, G, gamma, beta, mean, var, training, momentum, eps
    )
    return y + 1, -grad_x, *rest


def test_what_is_right_is_said_where_no_mistake_has_a_name():
    result = grade("normalize_batch", both_mistakes)
    assert (result.status, result.mistake) == ("failed", None)
    assert "are right" in " ".join(result.message.split())


def losses(factor, lr, steps=20):
    """The losses of a net whose first weights are multiplied by factor, with lr of their own."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((32, 4)), rng.standard_normal((32, 1))
    net = Sequential(Linear(4, 8), BatchNorm1d(8, eps=0.0), relu, Linear(8, 1)).initialize(0)
    net[0].weight.data *= factor
    rates = {"0.weight": lr}
    seen = []
    for _ in range(steps):
        with Tape() as tape:
            loss = mse(net(x), y)
        seen.append(float(value_of(loss)))
        for name, g in net.parameters.split(tape.gradient(loss, net.parameters)).items():
            net.parameters[name].data -= rates.get(name, 0.05) * g
    return seen


def test_with_the_answer_training_goes_on_as_if_nothing_had_happened():
    before = losses(1, 0.05)
    np.testing.assert_allclose(losses(3, load("rescaled_layer_lr").reference), before, rtol=1e-9)
    assert not np.allclose(losses(3, 0.05), before, rtol=1e-3)


@pytest.mark.parametrize(("value", "says"), [(0.2, "1.33 times"), (-1.0, "is positive")])
def test_another_learning_rate_is_answered_by_what_one_step_does(value, says):
    result = grade("rescaled_layer_lr", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in " ".join(result.message.split())


def test_the_moved_net_learns_and_only_its_evaluation_is_off():
    trained, evaluated = moved_batch_norm.run(moved_batch_norm.GIVEN)
    repaired = moved_batch_norm.run(load("moved_batch_norm").reference)
    assert repaired[0] == trained
    assert evaluated < moved_batch_norm.TARGET - 0.04
    assert repaired[1] > moved_batch_norm.TARGET + 0.005


@pytest.mark.parametrize("momentum", [-0.5, 0.0, 1e-6, *np.linspace(0.004, 1.2, 13)])
def test_every_momentum_is_right_or_has_a_name(momentum):
    result = grade("moved_batch_norm", {**moved_batch_norm.GIVEN, "momentum": float(momentum)})
    assert (result.status == "passed") == (result.mistake is None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("lr", lr) for lr in (-1.0, 0.0, 1e-4, 1.0, 30.0, 1e200)],
        *[("units", units) for units in (0, 1, 10, 64, 10**6)],
        *[("epochs", epochs) for epochs in (-1, 0, 1, 4, 10**6)],
    ],
)
def test_no_other_setting_repairs_the_net(name, value):
    result = grade("moved_batch_norm", {**moved_batch_norm.GIVEN, name: value})
    assert result.mistake is not None
