"""The exercises of the chapter backpropagation: against the engine and torch, and odd answers."""

import numpy as np
import pytest
import torch

from gdlib.activation import tanh
from gdlib.autograd import Tape, count_operations
from gdlib.exercises import backward_products, failed_check, load
from gdlib.grade import grade
from gdlib.layers import Linear, Sequential

exercise = load("backward")


def one_line(result):
    return " ".join(result.message.split())


def test_the_tapes_of_the_probes_are_those_of_their_formulas():
    given = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (3.0, 0.5)]
    a, b = given
    ((a * b + a) ** 2).backward()
    g = exercise.reference(*exercise.probes[0])
    np.testing.assert_allclose(g[:2], [v.grad.item() for v in given])
    given = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (-2.0, 1.25)]
    a, b = given
    (a * a * b - b).backward()
    g = exercise.reference(*exercise.probes[1])
    np.testing.assert_allclose(g[[0, 2]], [v.grad.item() for v in given])
    assert g[3] == 0, "what leads nowhere has no gradient"


def test_lists_are_as_good_and_a_constant_factor_is_shown_by_a_probe():
    assert grade("backward", lambda x, tape: exercise.reference(x, tape).tolist()).status == (
        "passed"
    )
    result = grade("backward", lambda x, tape: 2 * exercise.reference(x, tape))
    assert (result.status, result.mistake) == ("failed", None)
    assert "For x = [3, 0.5, 1.5, 4.5, 20.25], tape = [[2, 0, 0.5]" in one_line(result)


def test_a_tape_that_is_turned_round_in_place_is_a_mistake_with_a_name():
    def turned(x, tape):
        tape.reverse()
        g = np.eye(len(x))[-1]
        for output, input, slope in tape:
            g[input] += slope * g[output]
        return g

    assert grade("backward", turned).mistake == "changes its arguments"


def test_the_number_of_products_is_what_the_engine_computes():
    steps = [Linear(64, 128), tanh, Linear(128, 64), tanh, Linear(64, 10)]
    net = Sequential(*steps).initialize()
    x = np.ones((1, 64))

    def walk(x):
        with Tape() as tape:
            y = net(x)
        tape.pull_back(y, np.ones_like, net.parameters)

    extra = count_operations(walk, x) - count_operations(net, x)
    # for one sample the gradient by a weight is one product; that by an input, a sum, also has
    # additions; the slope of tanh takes some more
    tanh_slopes = count_operations(tanh.derivative, np.ones(128 + 64)) + 128 + 64
    additions = (64 - 1) * 128 + (10 - 1) * 64
    assert extra - tanh_slopes - additions == load("backward_products").reference


@pytest.mark.parametrize("value", [10_000, 30_000, 1e6, 0, -5])
def test_a_number_nobody_listed_is_put_in_its_place(value):
    result = grade("backward_products", value)
    assert (result.status, result.mistake) == ("failed", None)
    says = "positive" if value <= 0 else f"{value / backward_products.FORWARD:.3g} times"
    assert says in one_line(result)


def test_the_pass_by_hand_is_right_with_the_reference_and_wrong_in_front_with_what_is_given():
    right = load("failed_check").reference
    settings = {name: right[name] for name in ("divisor", "penalty", "slope")}
    parts = {
        name: torch.tensor(value, requires_grad=True) for name, value in failed_check.START.items()
    }
    h = torch.tanh(torch.tensor(failed_check.X) @ parts["W1"].T + parts["b1"])
    z = h @ parts["W2"].T + parts["b2"]
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(failed_check.LABELS))
    (loss + 0.005 * ((parts["W1"] ** 2).sum() + (parts["W2"] ** 2).sum())).backward()
    by_hand = failed_check.by_hand(**failed_check.START, **settings)
    for mine, theirs in zip(by_hand, parts.values(), strict=True):
        np.testing.assert_allclose(mine, theirs.grad.numpy(), atol=1e-14)
    found = failed_check.errors(failed_check.GIVEN)
    assert min(found["W1"], found["b1"]) > 0.5
    assert max(found["W2"], found["b2"]) < 1e-8


@pytest.mark.parametrize(
    "change",
    [
        *({"divisor": n} for n in (0, 1, 3, 11, 24, -12)),
        *({"penalty": p} for p in (0.0, 0.005, 0.02, -0.01, 1.0)),
        *({"h": h} for h in (1e-12, 1e-6, 1e-3, 0.0, -1e-5)),
        *({"tolerance": t} for t in (0.0, 1e-9, 1e-3, 2.0)),
        *({"slope": s} for s in ((1, 0, -1), (1, 0, -0.99), (0, 0, 0), (0.25, 0, -0.25))),
    ],
)
def test_every_change_is_right_or_has_a_name(change):
    result = grade("failed_check", {**failed_check.GIVEN, **change})
    right = change == {"slope": (1, 0, -1)}
    assert (result.status == "passed") == right
    assert right or result.mistake is not None
