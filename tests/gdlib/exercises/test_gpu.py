"""The exercises of the chapter gpu: against the printed rules, closed forms and torch."""

import ast

import numpy as np
import pytest
import torch

from gdlib.exercises import load, mixed_precision_ms, stalled_bfloat16
from gdlib.forms.source import elementwise_rules
from gdlib.forms.split import split_step
from gdlib.grade import grade

count = load("bytes_moved").reference


def one_line(result):
    return " ".join(result.message.split())


@pytest.mark.parametrize("rule", elementwise_rules(), ids=lambda rule: rule.__name__)
def test_a_fused_rule_moves_x_and_its_state_twice_and_the_gradient_once(rule):
    split, operations = split_step(rule), {}
    lines = [*split.body, *((f"new {k}", result) for k, result in enumerate(split.results))]
    for name, value in lines:
        inputs = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
        operations[name] = tuple(inputs - set(split.scalars) - {"where", "sqrt", "abs", "sign"})
        operations[name] = tuple(n for n in operations[name] if n not in ("maximum", "minimum"))
    made = [name for name in operations if name.startswith("new ")]
    width = dict.fromkeys([*operations, "x", "g", *split.old_arrays], 4)
    assert count(operations, made, width)[1] == 4 + 8 * (1 + len(split.arrays))


def test_what_one_operation_does_costs_the_same_in_both_ways():
    assert count({"y": ("a", "b", "a")}, ("y",), {"a": 2, "b": 8, "y": 4}) == (14, 14)


def test_a_mistake_without_a_name_shows_the_operations():
    result = grade("bytes_moved", lambda operations, results, width: (1, 2))
    assert (result.status, result.mistake) == ("failed", None)
    assert "operations = {'x_new': ('x', 'g')}" in one_line(result)


def test_the_least_time_is_that_of_thirty_bytes():
    widths = {"g": 2, "x_new": 2}
    arrays = ("master", "m", "v")
    operations = {f"{name}_new": (name, "g") for name in arrays} | {"x_new": ("master_new",)}
    widths |= {name + end: 4 for name in arrays for end in ("", "_new")}
    update = count(operations, tuple(operations), widths)[1]
    assert update + widths["g"] == mixed_precision_ms.BYTES
    assert load("mixed_precision_ms").reference == pytest.approx(105)


@pytest.mark.parametrize(
    ("value", "says"), [(70.0, "20 bytes for each"), (0.0, "moves nothing"), (-3.0, "nothing")]
)
def test_another_time_is_answered_by_the_bytes_it_has_room_for(value, says):
    result = grade("mixed_precision_ms", value)
    assert (result.status, result.mistake) == ("failed", None)
    assert says in one_line(result)


@pytest.mark.parametrize(
    ("bits", "dtype"), [(8, torch.bfloat16), (11, torch.float16), (24, torch.float32)]
)
def test_rounding_to_bits_is_that_of_torch(bits, dtype):
    x = np.random.default_rng(0).uniform(0.5, 4, 10_000)
    x = np.append(x, [1 + 2.0**-bits, 1 + 3 * 2.0**-bits, 0.0, -1.7])
    expected = torch.tensor(x).to(dtype).double().numpy()
    np.testing.assert_array_equal(stalled_bfloat16.rounded(x, bits), expected)


def test_the_given_run_is_that_of_torch_in_bfloat16():
    x, curvature = torch.ones(2, dtype=torch.bfloat16), torch.tensor([1, 0.01])
    for _ in range(1000):
        g = (curvature.double() * (x.double() - 1.5)).to(torch.bfloat16)
        x = (x.double() - 0.5 * g.double()).to(torch.bfloat16)
    loss, weights = stalled_bfloat16.run(stalled_bfloat16.GIVEN)
    assert weights.tolist() == x.tolist()
    assert weights[1] == 1
    assert loss == pytest.approx(0.00125, rel=0.01)


@pytest.mark.parametrize("lr", [-1.0, 0.0, *np.geomspace(1e-4, 100, 60), 1.99, 2.0, 1e300])
def test_no_learning_rate_repairs_the_run(lr):
    result = grade("stalled_bfloat16", {**stalled_bfloat16.GIVEN, "lr": float(lr)})
    assert result.mistake in {"raised the learning rate", "lowered the learning rate"}


@pytest.mark.parametrize("bits", [-3, 0, 1, 2, 5, 7, *range(9, 54), 64, 1000])
def test_every_number_of_bits_is_right_or_has_a_name(bits):
    result = grade("stalled_bfloat16", {**stalled_bfloat16.GIVEN, "kept_bits": bits})
    assert result.mistake is not None or (result.status == "passed" and bits >= 12)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("weight_bits", bits) for bits in (-1, 0, 1, 7, 9, 11, 24, 53, 100)],
        *[("gradient_bits", bits) for bits in (-1, 0, 1, 7, 9, 11, 24, 53, 100)],
        *[("steps", steps) for steps in (-1, 0, 1, 999, 1001, 10**9)],
    ],
)
def test_no_other_setting_repairs_the_run(name, value):
    result = grade("stalled_bfloat16", {**stalled_bfloat16.GIVEN, name: value})
    assert result.mistake is not None
