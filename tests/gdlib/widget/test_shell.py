"""The sliders' script, run in Node, against Python."""

from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdlib import stability
from gdlib.descent import descend
from gdlib.forms.source import why_not_elementwise
from gdlib.objective import OBJECTIVES, bowl, quadratic, rosenbrock
from gdlib.ops import Array, zeros_like
from gdlib.optim import RULES, gradient_descent, momentum
from gdlib.rule import hyperparameters, short_name
from gdlib.variant import variant
from gdlib.widget import words

RUN = """
  return input.map(({ rule, objective, parameters, hyper, start, steps }) =>
    run(objectives[objective], parameters, rules[rule], hyper, start, steps));
"""


ELEMENTWISE = [rule for rule in RULES if why_not_elementwise(rule) is None]


def case(rule, objective, steps=100, **hyper):
    return {
        "rule": short_name(rule),
        "objective": objective.name,
        "parameters": dict(objective.parameters),
        "hyper": {**hyperparameters(rule), "lr": 1e-3, **hyper},
        "start": list(objective.start),
        "steps": steps,
    }


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_the_page_descends_as_python_does(in_shell, objective):
    found = in_shell(
        RUN,
        rules=ELEMENTWISE,
        objectives=[objective],
        data=[case(r, objective) for r in ELEMENTWISE],
    )
    for rule, result in zip(ELEMENTWISE, found, strict=True):
        expected = descend(objective, objective.start, rule, 100, lr=1e-3)
        np.testing.assert_allclose(result["x"], expected.x, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(result["f"], expected.f, rtol=1e-9, atol=1e-12)
        assert result["diverged"] == expected.diverged


def test_a_run_diverges_at_the_same_step_as_in_python(in_shell):
    steep = quadratic(kappa=100)
    data = [case(r, steep, steps=500, lr=0.05) for r in (gradient_descent, momentum)]
    found = in_shell(RUN, rules=[gradient_descent, momentum], objectives=[steep], data=data)
    for rule, result in zip([gradient_descent, momentum], found, strict=True):
        expected = descend(steep, steep.start, rule, 500, lr=0.05)
        assert expected.diverged
        assert result["stoppedAt"] == expected.stopped_at
        assert len(result["x"]) == len(expected.x)


class State(NamedTuple):
    """Of a rule with two arrays, whose matrix has three rows."""

    m: Array
    s: Array


def first(x):
    return State(zeros_like(x), zeros_like(x))


def smooth_twice(x, g, state, lr=1e-3, beta=0.9):
    m = beta * state.m + (1 - beta) * g
    s = beta * state.s + (1 - beta) * m
    return x - lr * s, State(m, s)


TWICE = SimpleNamespace(__name__="twice", State=State, init=first, step=smooth_twice)
NESTEROV = variant(momentum, ("lr * v", "lr * (g + beta * v)"), name="nesterov_form")
LINEAR = [gradient_descent, momentum, NESTEROV, TWICE]


@pytest.mark.parametrize("rule", LINEAR, ids=short_name)
def test_stability_on_the_page_is_that_of_python(in_shell, rule):
    betas, curvature = [0.0, 0.5, 0.9, 0.99], 7.0
    takes_beta = rule is not gradient_descent
    data = [{"beta": b} if takes_beta else {} for b in betas]
    script = """
      const [rule] = Object.values(rules);
      return input.map((hyper) => [largestStableLr(rule, hyper, 7),
        spectralRadius(rule, { ...hyper, lr: 0.05 }, 7)]);
    """
    for hyper, (limit, radius) in zip(data, in_shell(script, rules=[rule], data=data), strict=True):
        expected = stability.largest_stable_lr(rule, curvature, **hyper)
        assert limit == pytest.approx(expected, rel=1e-9)
        expected = stability.spectral_radius(rule, curvature, lr=0.05, **hyper)
        assert radius == pytest.approx(expected, rel=1e-7)


def test_the_curvature_at_a_minimum_is_found(in_shell):
    script = """
      const facts = (name, parameters, at) => minimumFacts(objectives[name], parameters, at);
      return [facts("quadratic", {kappa: 25}, [0, 0]), facts("rosenbrock", {b: 100}, [1, 1])];
    """
    bowl_facts, valley = in_shell(script, objectives=[quadratic, rosenbrock])
    assert [bowl_facts["steep"], bowl_facts["flat"]] == pytest.approx([25, 1], rel=1e-9)
    assert bowl_facts["quadratic"]
    expected = np.linalg.eigvalsh([[802, -400], [-400, 200]])
    assert [valley["flat"], valley["steep"]] == pytest.approx(expected, rel=1e-5)
    assert not valley["quadratic"]


LIMIT_WORDS = """
  return input.map(({ rule, objective, parameters, hyper, start, minima }) => {
    const chosen = objectives[objective];
    const facts = minimumFacts(chosen, parameters, nearest(start, minima));
    const limit = stabilityLimit(rules[rule], hyper, facts);
    const g = chosen.gradient(start, parameters);
    const now = behaviour(rules[rule], hyper, facts, limit, g);
    return limitInWords(limit, hyper.lr, facts, now);
  });
"""


def test_the_page_speaks_of_stability_as_python_does(in_shell):
    cases = [
        (quadratic, gradient_descent, {"lr": 0.1}, (-2.5, 1.2), "Stable up to 0.2 "),
        (quadratic, gradient_descent, {"lr": 0.2}, (-2.5, 1.2), "neither grows nor shrinks"),
        (quadratic, gradient_descent, {"lr": 0.21}, (-2.5, 1.2), "by 10 % per step, and the run"),
        (quadratic, gradient_descent, {"lr": 0.21}, (-2.5, 0.0), "but this start has none"),
        (quadratic, gradient_descent, {"lr": 2.5}, (-2.5, 0.0), "24-fold per step, and the run"),
        (bowl, gradient_descent, {"lr": 2.2}, (1.0, 1.0), "the run diverges"),
        (quadratic, momentum, {"lr": 0.4, "beta": 0.9}, (-2.5, 1.2), "stability limit 0.38 "),
        (rosenbrock, momentum, {"lr": 0.01, "beta": 0.5}, (0.9, 0.8), "the run cannot settle"),
    ]
    data = [
        {
            "rule": short_name(rule),
            "objective": objective.name,
            "parameters": dict(objective.parameters),
            "hyper": hyper,
            "start": list(start),
            "minima": objective.minima,
        }
        for objective, rule, hyper, start, _ in cases
    ]
    found = in_shell(
        LIMIT_WORDS,
        rules=[gradient_descent, momentum],
        objectives=[quadratic, bowl, rosenbrock],
        data=data,
    )
    for text, (objective, rule, hyper, start, part) in zip(found, cases, strict=True):
        assert part in text
        assert text == words.stability_in_words(rule, objective, hyper, start)


def test_numbers_read_alike(in_shell):
    rng = np.random.default_rng(0)
    numbers = [0.0, 1.0, -2.5, 999.6, 0.00099996, 99960.0, 123456.0, 2.125, 1e-300, 1230.4]
    numbers += (rng.standard_normal(300) * 10.0 ** rng.integers(-12, 12, 300)).tolist()
    found = in_shell("return input.map((v) => [digits(v), digits(v, 4)]);", data=numbers)
    assert found == [[words.digits(v), words.digits(v, 4)] for v in numbers]


@given(st.floats(1e-200, 1e200))
def test_three_digits_are_within_half_a_percent(value):
    assert float(words.digits(value)) == pytest.approx(value, rel=0.005001)


def area(ring):
    x, y = np.reshape(ring, (-1, 2)).T
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


RINGS = "return rings(sample(([x, y]) => {body}, [[-2, 2], [-2, 2]], 81, 81), 1);"


def test_a_circle_is_one_ring_of_the_right_area(in_shell):
    (ring,) = in_shell(RINGS.replace("{body}", "x * x + y * y"))
    assert area(ring) / 20**2 == pytest.approx(np.pi, rel=1e-3)


def test_a_region_that_leaves_the_picture_closes_outside_it(in_shell):
    (ring,) = in_shell(RINGS.replace("{body}", "x + 1"))
    x = np.reshape(ring, (-1, 2))[:, 0]
    assert x.min() == -1
    assert x[x > 0].max() == pytest.approx(40)


def test_two_pits_are_two_rings_and_a_saddle_is_not_drawn_across(in_shell):
    found = in_shell(RINGS.replace("{body}", "4 * (x * x - 1) ** 2 + 4 * y * y"))
    assert len(found) == 2
    assert area(found[0]) == pytest.approx(area(found[1]))


def test_missing_values_are_left_out_of_a_region(in_shell):
    (ring,) = in_shell(RINGS.replace("{body}", "x < 0 ? NaN : x * x + y * y"))
    assert np.reshape(ring, (-1, 2))[:, 0].min() >= 39


def test_scales_give_back_the_values_they_place(in_shell):
    script = """
      const log = { scale: "log", lo: 1e-4, hi: 1 };
      const unit = { scale: "unit", lo: 0, hi: 0.99 };
      const back = (c, v) => SCALES[c.scale].value(place(c, v), c.lo, c.hi);
      return [[1e-4, 0.02, 0.2, 1].map((v) => back(log, v)),
              [0, 0.5, 0.9, 0.99].map((v) => back(unit, v)), place(unit, 0.9), place(log, 7)];
    """
    logs, units, half, beyond = in_shell(script)
    assert logs == [1e-4, 0.02, 0.2, 1]
    assert units == [0, 0.5, 0.9, 0.99]
    assert half == pytest.approx(0.5)
    assert beyond == 1


def test_the_page_finds_the_member_of_a_family_where_python_put_it(in_shell):
    counts = (2, 4, 3)
    script = """
      const sliders = input.map((count) => ({ texts: Array(count).fill("") }));
      const found = [];
      for (let i = 0; i < input[0]; i += 1)
        for (let j = 0; j < input[1]; j += 1)
          for (let k = 0; k < input[2]; k += 1) found.push(memberAt([i, j, k], sliders));
      return [found, [0, 1, 2].map((k) => memberAt([k], sliders.slice(2)))];
    """
    several, one = in_shell(script, data=counts)
    assert several == np.ravel_multi_index(np.indices(counts).reshape(3, -1), counts).tolist()
    assert one == [0, 1, 2]


def test_typed_numbers_that_make_no_sense_are_refused(in_shell):
    script = """
      const lr = { scale: "log" }, beta = { scale: "unit" };
      return ["0.3", "1e-3", "0,5", "", "x", "-1"].map((t) => allowed(lr, parse(t)))
        .concat(["0", "0.999", "1"].map((t) => allowed(beta, parse(t))));
    """
    assert in_shell(script) == [True, True, True, False, False, False, True, True, False]


def test_parameters_do_not_change_the_code_of_an_objective(in_shell):
    bare = replace(quadratic, parameters={})
    assert in_shell(
        "return objectives.quadratic.value([1, 2], {kappa: 10});", objectives=[bare]
    ) == pytest.approx(20.5)
