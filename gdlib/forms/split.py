"""Split a rule's step: what the host computes once, and what a kernel computes for each component.

    host    (hyperparameters, scalar state) → new scalar state, scalars            in float64
    body    (x, g, array state, scalars)    → new x, new array state               per component

Each largest part of an expression that depends on scalars alone, such as ``1 - beta1**t``, becomes
one scalar. Triton and Numba print the body; both take the scalars from the same host function.
"""

import ast
from dataclasses import dataclass
from functools import cache

from gdlib import ops
from gdlib.forms.source import Assignment, SourceError, read_step, why_not_elementwise
from gdlib.rule import short_name


@dataclass(frozen=True)
class Split:
    """A step in two parts.

    host: the lines that depend on scalars alone, the scalar subexpressions of the body last.
    new_scalars: field of the state → expression of its new value, for scalar fields.
    scalars: the names of hyperparameters and host lines that the body uses, in order.
    arrays: the array fields of the state.
    old_arrays: what the body calls their old values: field m is ``old_m``, unless that is taken.
    body: the elementwise lines.
    results: the new x, then the new value of each array field.
    arguments: hyperparameters and scalar fields, the arguments of the host function.
    """

    host: tuple[Assignment, ...]
    new_scalars: dict[str, ast.expr]
    scalars: tuple[str, ...]
    arrays: tuple[str, ...]
    old_arrays: tuple[str, ...]
    body: tuple[Assignment, ...]
    results: tuple[ast.expr, ...]
    arguments: tuple[str, ...]

    @property
    def host_source(self):
        """The host's part as Python: a function ``host`` of the arguments by name.

        It returns the new scalar state as a dict and the scalars as a tuple of floats.
        """
        fields = ", ".join(f"{n!r}: {ast.unparse(e)}" for n, e in self.new_scalars.items())
        lines = [
            f"def host(*, {', '.join(self.arguments)}):",
            *(f"    {name} = {ast.unparse(value)}" for name, value in self.host),
            f"    return {{{fields}}}, ({''.join(f'float({n}), ' for n in self.scalars)})",
        ]
        return "\n".join(lines) + "\n"


@cache
def split_step(rule):
    """Split ``rule.step``. Raises SourceError for a rule that is not elementwise, saying why."""
    reason = why_not_elementwise(rule)
    if reason:
        raise SourceError(f"{short_name(rule)} has no fused form: {reason}")
    program = read_step(rule)
    scalar_fields = [n for n, kind in program.state.items() if kind == "scalar"]
    array_fields = tuple(n for n, kind in program.state.items() if kind == "array")
    of_field = {n: _unused(program, f"old_{n}") for n in program.state}
    hoist = _Hoist(program, of_field)
    host = [Assignment(n, hoist.rename(v)) for n, v in program.assignments if n in program.scalars]
    body = [
        Assignment(n, hoist.visit(v)) for n, v in program.assignments if n not in program.scalars
    ]
    fields = dict(zip(program.state, program.results[1:], strict=True))
    results = tuple(
        hoist.visit(r) for r in (program.results[0], *(fields[n] for n in array_fields))
    )
    return Split(
        host=(*host, *hoist.hoisted.values()),
        new_scalars={n: hoist.rename(fields[n]) for n in scalar_fields},
        body=tuple(body),
        results=results,
        scalars=tuple(hoist.used),
        arrays=array_fields,
        old_arrays=tuple(of_field[n] for n in array_fields),
        arguments=(*program.parameters, *(of_field[n] for n in scalar_fields)),
    )


@cache
def host_function(rule):
    """The host's part of the step, compiled.

    Called with the hyperparameters and the scalar state by keyword, a scalar field t as ``old_t``;
    returns (new scalar state, scalars) of Python numbers.
    """
    scope = {name: getattr(ops, name) for name in ops.__all__}
    exec(compile(split_step(rule).host_source, f"<host of {short_name(rule)}>", "exec"), scope)
    return scope["host"]


def host_step(rule, hyper, scalars):
    """The host's part of a step: (new scalar state, scalars of the body).

    Arguments: hyper, all hyperparameters, and scalars, the scalar state, both by name and in the
    rule's order.
    """
    values = (*hyper.values(), *scalars.values())
    return host_function(rule)(**dict(zip(split_step(rule).arguments, values, strict=True)))


def _unused(program, name):
    taken = {*program.arguments, *program.parameters, *(a.name for a in program.assignments)}
    while name in taken:
        name += "_"
    return name


class _Hoist(ast.NodeTransformer):
    """Replace each largest scalar part by a name, and fields of the state by names."""

    def __init__(self, program, of_field):
        self.program, self.of_field = program, of_field
        self.hoisted, self.used = {}, {}

    def rename(self, expression):
        """The expression with names for fields; nothing is hoisted."""
        return _Rename(self.of_field).visit(_copy(expression))

    def visit(self, node):
        if not isinstance(node, ast.expr):
            return node
        if isinstance(node, ast.Constant) or not self.program.is_scalar(node):
            return self._children(node)
        renamed = self.rename(node)
        if isinstance(renamed, ast.Name):
            name = renamed.id
        elif not any(isinstance(n, ast.Name) and n.id != "pi" for n in ast.walk(renamed)):
            return renamed  # a constant such as 2 / 3 or -1
        else:
            key = ast.dump(renamed)
            fresh = _unused(self.program, f"scalar_{len(self.hoisted)}")
            name = self.hoisted.setdefault(key, Assignment(fresh, renamed)).name
        self.used.setdefault(name)
        return ast.Name(id=name, ctx=ast.Load())

    def _children(self, node):
        match node:
            case ast.Attribute(attr=field):
                return ast.Name(id=self.of_field[field], ctx=ast.Load())
            case ast.Call(func=ast.Name(id="where"), args=[condition, *values]) if (
                self.program.is_scalar(condition)
            ):
                # Scalars are passed as floats, also a truth value.
                holds = ast.Compare(self.visit(condition), [ast.Gt()], [ast.Constant(0)])
                return ast.Call(ast.Name("where"), [holds, *map(self.visit, values)], [])
            case ast.Call(func=function, args=arguments):
                return ast.Call(func=function, args=[self.visit(a) for a in arguments], keywords=[])
        return self.generic_visit(_copy(node))


class _Rename(ast.NodeTransformer):
    def __init__(self, of_field):
        self.of_field = of_field

    def visit_Attribute(self, node):
        return ast.Name(id=self.of_field[node.attr], ctx=ast.Load())


def _copy(node):
    return ast.parse(ast.unparse(node), mode="eval").body
