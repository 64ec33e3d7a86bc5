"""The printed JavaScript is the function it was printed from: checked in Node against NumPy."""

import json

import numpy as np
import pytest

from gdlib.descent import descend
from gdlib.forms.javascript import objective_javascript, rule_javascript
from gdlib.forms.source import elementwise_rules
from gdlib.least_squares import least_squares
from gdlib.objective import OBJECTIVES, beale, kinked, quadratic
from gdlib.optim import adam, momentum
from gdlib.rule import short_name
from gdlib.variant import variant

ALL = (*OBJECTIVES, kinked, least_squares())
# Of each pair the largest lr with which no rule leaves the window's neighbourhood.
LR = {
    "rosenbrock": 2e-4,
    "beale": 1e-3,
    "himmelblau": 1e-3,
    "rastrigin": 1e-3,
    "saddle": 0.02,
    "kinked": 0.02,
}
STEPS = 100

RUN = """
const rule = %(rule)s, objectives = [%(objectives)s], lrs = %(lrs)s, starts = %(starts)s;
console.log(JSON.stringify(objectives.map((objective, k) => {
  const path = [], values = [];
  let x = starts[k], state = rule.init(x);
  for (let t = 0; t <= %(steps)d; t += 1) {
    path.push(x); values.push(objective.value(x, objective.parameters));
    const g = objective.gradient(x, objective.parameters);
    [x, state] = rule.step(x, g, state, {...rule.hyper, lr: lrs[k]});
  }
  return {path, values};
})));
"""


@pytest.mark.parametrize("rule", elementwise_rules(), ids=short_name)
def test_descent_in_javascript_equals_numpy_on_every_objective(rule, run_javascript):
    lrs = [LR.get(objective.name, 0.05) for objective in ALL]
    script = RUN % {
        "rule": rule_javascript(rule),
        "objectives": ",".join(map(objective_javascript, ALL)),
        "lrs": json.dumps(lrs),
        "starts": json.dumps([objective.start for objective in ALL]),
        "steps": STEPS,
    }
    results = run_javascript(script)
    for objective, lr, result in zip(ALL, lrs, results, strict=True):
        history = descend(objective, objective.start, rule, STEPS, lr=lr)
        assert len(history.f) == STEPS + 1
        np.testing.assert_allclose(result["path"], history.x, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(result["values"], history.f, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("objective", ALL, ids=lambda o: o.name)
def test_value_and_gradient_equal_numpy_over_the_window(objective, run_javascript):
    low, high = np.transpose(objective.window).astype(float)
    points = np.random.default_rng(0).uniform(low, high, (200, objective.dimension))
    script = f"""
        const o = {objective_javascript(objective)}, points = {json.dumps(points.tolist())};
        console.log(JSON.stringify(points.map((p) =>
          [o.value(p, o.parameters), o.gradient(p, o.parameters)])));
    """
    values, gradients = zip(*run_javascript(script), strict=True)
    np.testing.assert_allclose(values, objective.value(points), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(gradients, objective.gradient(points), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("x - lr * (g - (beta - g))", lambda x, g, lr, b: x - lr * (g - (b - g))),
        ("x / (lr / g) / (g * 2)", lambda x, g, lr, b: x / (lr / g) / (g * 2)),
        ("-x**2 + (-x)**2 - g**3", lambda x, g, lr, b: -(x**2) + x**2 - g**3),
        ("(x + g)**2 * abs(g)**0.5", lambda x, g, lr, b: (x + g) ** 2 * np.abs(g) ** 0.5),
        ("x * -beta**2 - -lr", lambda x, g, lr, b: x * -(b**2) + lr),
        ("where(g < 0, sign(g), maximum(x, minimum(g, 2)))",
         lambda x, g, lr, b: np.where(g < 0, np.sign(g), np.maximum(x, np.minimum(g, 2)))),
        ("where(beta >= 0.5, exp(-g), cos(x) + sin(g)) * pi",
         lambda x, g, lr, b: np.exp(-g) * np.pi),
    ],
)  # fmt: skip
def test_precedence_and_every_operation_survive_printing(patch, expected, run_javascript):
    rule = variant(momentum, ("x - lr * v", patch))
    x, g = np.array([0.5, -1.5, 2.0, 0.0]), np.array([-0.7, 1.1, 3.0, 0.4])
    script = f"""
        const rule = {rule_javascript(rule)}, x = {x.tolist()}, g = {g.tolist()};
        console.log(JSON.stringify(rule.step(x, g, rule.init(x), {{lr: 0.3, beta: 0.75}})[0]));
    """
    np.testing.assert_allclose(run_javascript(script), expected(x, g, 0.3, 0.75), rtol=1e-14)


def test_adam_carries_its_step_count_and_both_means(run_javascript):
    script = f"""
        const rule = {rule_javascript(adam)};
        let x = [1, 2], state = rule.init(x);
        for (let k = 0; k < 3; k += 1) [x, state] = rule.step(x, [1, -2], state, rule.hyper);
        console.log(JSON.stringify(state));
    """
    state = run_javascript(script)
    assert state["t"] == 3
    np.testing.assert_allclose(state["m"], (1 - 0.9**3) * np.array([1, -2]), rtol=1e-14)
    np.testing.assert_allclose(state["v"], (1 - 0.999**3) * np.array([1, 4]), rtol=1e-12)


def test_parameters_of_an_objective_are_printed_with_it():
    assert '"kappa": 250' in objective_javascript(quadratic(kappa=250))
    assert "parameters: {}" in objective_javascript(beale)


def test_arguments_are_not_changed(run_javascript):
    script = f"""
        const rule = {rule_javascript(adam)}, x = Object.freeze([1, 2]);
        const state = Object.freeze(rule.init(x));
        Object.values(state).forEach(Object.freeze);
        "use strict";
        rule.step(x, Object.freeze([3, 4]), state, rule.hyper);
        console.log(JSON.stringify([x, state]));
    """
    assert run_javascript(script) == [[1, 2], {"m": [0, 0], "v": [0, 0], "t": 0}]
