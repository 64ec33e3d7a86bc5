"""A step split into a host's part and a body is the step."""

import ast

import numpy as np
import pytest

from gdlib import ops, variant
from gdlib.forms.source import SourceError, elementwise_rules
from gdlib.forms.split import host_function, split_step
from gdlib.optim import adam, lamb, muon, radam
from gdlib.rule import hyperparameters, short_name

RULES = elementwise_rules()


def run_split(rule, x, gradients):
    """Follow the two parts with NumPy: the body's lines by Python itself, scalars as floats."""
    split, hyper = split_step(rule), hyperparameters(rule)
    state = rule.init(x)._asdict()
    for g in gradients:
        old = {f"old_{name}": value for name, value in state.items()}
        scalar_state = {n: v for n, v in old.items() if n in split.arguments}
        new_scalars, scalars = host_function(rule)(**hyper, **scalar_state)
        scope = {name: getattr(ops, name) for name in ops.__all__}
        scope |= old | {"x": x, "g": g} | dict(zip(split.scalars, scalars, strict=True))
        for name, value in split.body:
            scope[name] = eval(ast.unparse(ast.fix_missing_locations(value)), scope)
        x, *arrays = (eval(ast.unparse(r), scope) for r in split.results)
        state = {**new_scalars, **dict(zip(split.arrays, arrays, strict=True))}
    return x, state


@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_the_two_parts_together_are_the_rule(rule):
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=7), rng.normal(size=(12, 7))
    x, state = start, rule.init(start)
    for g in gradients:
        x, state = rule.step(x, g, state, **hyperparameters(rule))
    got_x, got_state = run_split(rule, start, gradients)
    np.testing.assert_array_equal(got_x, x)
    for name, value in state._asdict().items():
        np.testing.assert_array_equal(got_state[name], value, err_msg=name)


@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_the_body_holds_no_arithmetic_of_scalars_alone(rule):
    split = split_step(rule)
    names = {*split.scalars}
    for expression in (*(a.value for a in split.body), *split.results):
        for node in ast.walk(expression):
            if isinstance(node, ast.BinOp):
                inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                assert not inside <= names, ast.unparse(node)


def test_scalars_are_computed_in_float64_once():
    _, scalars = host_function(adam)(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, old_t=0)
    named = dict(zip(split_step(adam).scalars, scalars, strict=True))
    assert named["lr"] == 1e-3
    assert sorted(scalars)[-1] == 0.999
    assert 1 - 0.999 in scalars
    assert len(named) == 8


def test_a_scalar_condition_becomes_a_comparison_of_its_float():
    text = " ".join(ast.unparse(ast.fix_missing_locations(a.value)) for a in split_step(radam).body)
    assert "where(scalar_3 > 0" in text


def test_names_of_the_rule_are_not_taken():
    changed = variant.variant(
        adam, ("m_hat = m / (1 - beta1**t)", "old_m = m / (1 - beta1**t)"), ("* m_hat", "* old_m")
    )
    assert split_step(changed).old_arrays == ("old_m_", "old_v")
    assert {"old_m", "old_m_"} <= {
        n.id
        for e in (*(a.value for a in split_step(changed).body), *split_step(changed).results)
        for n in ast.walk(e)
        if isinstance(n, ast.Name)
    } | {a.name for a in split_step(changed).body}


@pytest.mark.parametrize(("rule", "why"), [(lamb, "norm"), (muon, "muon")])
def test_a_rule_that_cannot_be_fused_says_why(rule, why):
    with pytest.raises(SourceError, match=why):
        split_step(rule)
