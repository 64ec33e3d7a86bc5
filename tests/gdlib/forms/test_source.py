"""What the reader reads, and what it refuses: with the file, the line and the reason."""

import ast

import pytest

from gdlib.forms.source import (
    SourceError,
    read_function,
    read_init,
    read_step,
    why_not_elementwise,
)
from gdlib.objective import rosenbrock
from gdlib.optim import adam, lamb, momentum, muon
from gdlib.variant import variant


def test_adam_is_read_line_by_line():
    program = read_step(adam)
    assert [a.name for a in program.assignments] == ["t", "m", "v", "m_hat", "v_hat"]
    assert program.arguments == ("x", "g")
    assert program.parameters == {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    assert program.state == {"m": "array", "v": "array", "t": "scalar"}
    assert [ast.unparse(r) for r in program.results[1:]] == ["m", "v", "t"]


def test_what_depends_on_scalars_alone_is_known():
    program = read_step(adam)
    assert program.scalars == {"t", "lr", "beta1", "beta2", "eps"}
    assert program.is_scalar(ast.parse("1 - beta1**t", mode="eval").body)
    assert not program.is_scalar(ast.parse("m / (1 - beta1**t)", mode="eval").body)
    assert not program.is_scalar(ast.parse("lr * state.m", mode="eval").body)


def test_rules_that_couple_components_say_so():
    assert why_not_elementwise(adam) is None
    assert why_not_elementwise(lamb) == "its norm is over all components of x"
    assert "muon.py, line" in why_not_elementwise(muon)


def test_state_fields_may_be_given_by_name_in_any_order():
    swapped = variant(adam, ("State(m, v, t)", "State(t=t, v=v, m=m)"))
    assert [ast.unparse(r) for r in read_step(swapped).results[1:]] == ["m", "v", "t"]


def test_init_and_objectives_are_read_too():
    assert [ast.unparse(r) for r in read_init(momentum).results] == ["zeros_like(x)"]
    gradient = read_function(rosenbrock.gradient_of, ("x", "y"))
    assert gradient.parameters == {"b": 100.0}
    assert len(gradient.results) == 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("v = beta * state.w + g", "the state has no field w"),
        ("v = beta * state.v + h", "h is not an argument or an earlier line"),
        ("v = beta * state.v + g[0]", "Subscript is not in the subset"),
        ("v = beta * state.v + (g if beta else 0)", "IfExp is not in the subset"),
        ("v = beta * state.v + open(g)", "open is not one of: abs, cos"),
        ("v = beta * state.v + g.sum()", "Call is not in the subset"),
        ("v = beta * state.v + where(g == 0, 1, g)", "Compare is not in the subset"),
        ("v = beta * state.v + True", "a truth value is not a number"),
        ("v = beta * state.v // g", "BinOp is not in the subset"),
        ("v: float = g", "only assignments to one name"),
        ("v = w = g", "only assignments to one name"),
        ("v = g; v = v + 1", "v is assigned a second time"),
        ("g = state.v; v = g", "g is assigned a second time"),
        ("v = g; v += 1", "only assignments to one name"),
        ("v = g\n    if beta: pass", "only assignments to one name"),
    ],
)
def test_line_outside_the_subset_is_refused(line, reason):
    rule = variant(momentum, ("v = beta * state.v + g", line))
    with pytest.raises(SourceError, match=rf"<variant .*line \d+: {reason}"):
        read_step(rule)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("return x", "the new state must be returned last"),
        ("return State(v)", r"a step returns x_new, State\(…\)"),
        ("return x, State()", "State needs each of its fields once: v"),
        ("return x, State(v, v)", "State needs each of its fields once: v"),
        ("return x, State(w=v)", "State needs each of its fields once: v"),
        ("x - lr * v", "the last line must be the only return"),
    ],
)
def test_return_outside_the_subset_is_refused(result, reason):
    rule = variant(momentum, ("return x - lr * v, State(v)", result))
    with pytest.raises(SourceError, match=reason):
        read_step(rule)


def test_refusal_names_the_line_in_the_file(tmp_path):
    file = tmp_path / "bad.py"
    file.write_text("\n\ndef value(x, y):\n    p = x + y\n    return p @ p\n")
    scope = {}
    exec(compile(file.read_text(), str(file), "exec"), scope)
    with pytest.raises(SourceError, match=r"bad.py, line 5: BinOp is not in the subset: p @ p"):
        read_function(scope["value"], ("x", "y"))


def test_scalar_state_must_not_depend_on_arrays():
    rule = variant(adam, ("State(m, v, t)", "State(m, v, t + g)"))
    with pytest.raises(SourceError, match="a scalar field of the state must depend on scalars"):
        read_step(rule)


def test_function_that_only_looks_like_an_operation_is_refused():
    rule = variant(adam, ("sqrt(v_hat)", "sqrt(v_hat) + 0"))
    rule.step.__globals__["sqrt"] = len
    with pytest.raises(SourceError, match="sqrt is not one of"):
        read_step(rule)


def test_parameters_must_begin_as_agreed():
    with pytest.raises(SourceError, match="parameters must begin with a, b"):
        read_function(rosenbrock.value_of, ("a", "b"))
