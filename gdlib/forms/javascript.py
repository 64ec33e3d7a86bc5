"""Print a rule or an objective as JavaScript, for the sliders.

A rule becomes ``{name, hyper, init(x), step(x, g, state, hyper)}`` over arrays of components, an
objective ``{name, parameters, value(point, parameters), gradient(point, parameters)}``.
"""

import ast
import json

from gdlib.forms.source import (
    COMPARISONS,
    LEVELS,
    SYMBOLS,
    SourceError,
    read_function,
    read_init,
    read_step,
    why_not_elementwise,
)
from gdlib.rule import short_name

CALLS = {
    "abs": "Math.abs",
    "sqrt": "Math.sqrt",
    "exp": "Math.exp",
    "sin": "Math.sin",
    "cos": "Math.cos",
    "sign": "Math.sign",
    "minimum": "Math.min",
    "maximum": "Math.max",
}
RESERVED = {"new", "var", "let", "const", "in", "of", "case", "do", "function", "this", "void"}


def rule_javascript(rule):
    """The rule as a JavaScript object literal; its name is the last part of the module's."""
    reason = why_not_elementwise(rule)
    if reason:
        raise SourceError(f"{short_name(rule)} has no JavaScript form: {reason}")
    init, step = read_init(rule), read_step(rule)
    hyper = {_name(n): v for n, v in step.parameters.items()}
    first = ", ".join(
        f"{field}: {_filled(init, value) if kind == 'array' else _print(value, init)}"
        for (field, kind), value in zip(init.state.items(), init.results, strict=True)
    )
    defaults = "".join(
        f"    const {_name(n)} = {_number(v)};\n" for n, v in init.parameters.items()
    )
    return (
        f"{{\n  name: {json.dumps(short_name(rule))},\n  hyper: {json.dumps(hyper)},\n"
        f"  init(x) {{\n{defaults}    return {{{first}}};\n  }},\n"
        f"  step(x, g, state, {{{', '.join(hyper)}}}) {{\n{_step_body(step)}  }}\n}}"
    )


def objective_javascript(objective):
    """The objective as a JavaScript object literal."""
    components = ("x", "y")[: objective.dimension]
    value = read_function(objective.value_of, components)
    gradient = read_function(objective.gradient_of, components)
    parts = (
        _function("value", value, _print(value.results[0], value)),
        _function(
            "gradient", gradient, f"[{', '.join(_print(r, gradient) for r in gradient.results)}]"
        ),
    )
    facts = {"name": objective.name, "parameters": dict(objective.parameters)}
    head = "".join(f"  {key}: {json.dumps(fact)},\n" for key, fact in facts.items())
    methods = ",\n".join(parts)
    return f"{{\n{head}{methods}\n}}"


def _function(name, program, result):
    lines = "".join(
        f"    const {_name(n)} = {_print(v, program)};\n" for n, v in program.assignments
    )
    parameters = ", ".join(_name(n) for n in program.parameters)
    head = f"  {name}([{', '.join(program.arguments)}], {{{parameters}}}) {{\n"
    return f"{head}{lines}    return {result};\n  }}"


def _step_body(program):
    """Scalars first, computed once; then one loop over the components."""
    scalars = [a for a in program.assignments if a.name in program.scalars]
    arrays = [a for a in program.assignments if a.name not in program.scalars]
    fields = dict(zip(program.state, program.results[1:], strict=True))
    first = ", ".join(
        f"{n}: {'new Array(x.length)' if kind == 'array' else _print(fields[n], program)}"
        for n, kind in program.state.items()
    )
    lines = [f"const {_name(n)} = {_print(v, program)};" for n, v in scalars]
    lines += ["const $x = new Array(x.length);", f"const $state = {{{first}}};"]
    lines += ["for (let $i = 0; $i < x.length; $i += 1) {"]
    lines += [f"  const {_name(n)} = {_print(v, program, '[$i]')};" for n, v in arrays]
    lines += [f"  $x[$i] = {_print(program.results[0], program, '[$i]')};"]
    lines += [
        f"  $state.{n}[$i] = {_print(fields[n], program, '[$i]')};"
        for n, kind in program.state.items()
        if kind == "array"
    ]
    lines += ["}", "return [$x, $state];"]
    return "".join(f"    {line}\n" for line in lines)


def _filled(program, value):
    return f"x.map((_, $i) => {_print(value, program, '[$i]')})"


def _print(node, program, index="", level=0):
    """Print an expression; ``index`` stands behind array arguments, ``level`` is the context's."""

    def inner(child, at=0):
        return _print(child, program, index, at)

    match node:
        case ast.Constant(value=number):
            return _number(number)
        case ast.Name(id="pi"):
            return "Math.PI"
        case ast.Name(id=name):
            return _name(name) + (index if name in program.arguments else "")
        case ast.Attribute(attr=field):
            return f"state.{field}" + (index if program.state[field] == "array" else "")
        case ast.UnaryOp(operand=operand):
            return f"(-{inner(operand, 3)})"
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=2)) if not isinstance(
            base, ast.BinOp | ast.Call
        ):
            return f"({inner(base)} * {inner(base)})"
        case ast.BinOp(op=ast.Pow(), left=base, right=exponent):
            return f"Math.pow({inner(base)}, {inner(exponent)})"
        case ast.BinOp(op=op, left=left, right=right):
            own = LEVELS[type(op)]
            text = f"{inner(left, own)} {SYMBOLS[type(op)]} {inner(right, own + 1)}"
            return f"({text})" if own < level else text
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{inner(left)} {COMPARISONS[type(op)]} {inner(right)}"
        case ast.Call(func=ast.Name(id="where"), args=[condition, a, b]):
            return f"({inner(condition)} ? {inner(a)} : {inner(b)})"
        case ast.Call(func=ast.Name(id="zeros_like")):
            return "0"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"{CALLS[name]}({', '.join(inner(a) for a in arguments)})"
    raise TypeError(f"no JavaScript for {ast.dump(node)}")


def _name(name):
    return f"{name}$" if name in RESERVED else name


def _number(number):
    return repr(float(number)) if isinstance(number, float) else str(number)
