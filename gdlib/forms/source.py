"""Read a rule or an objective as a list of named expressions, and refuse anything else.

The subset: an optional docstring, assignments of one expression to one new name, one return.
Expressions are numbers, names, fields of the state, + − * / **, comparisons (for ``where``), the
functions of ``gdlib.ops`` and ``abs``. LaTeX, JavaScript and kernels are printed from the result.
"""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from gdlib import ops
from gdlib.optim import RULES
from gdlib.rule import state_kinds

FUNCTIONS = tuple(sorted(set(ops.__all__) - {"Array", "pi"}))
# How the languages of the printers write them, and how tightly they bind; powers differ.
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
LEVELS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


class SourceError(ValueError):
    """A function is not in the subset; the message names the file, the line and the reason."""


class Assignment(NamedTuple):
    """One line: ``name = value``."""

    name: str
    value: ast.expr


@dataclass(frozen=True)
class Program:
    """A function of the subset.

    arguments: the leading parameters (x, g; or the components of a point), without the state.
    parameters: the others, with their defaults (None where there is none).
    state: the fields of the state and their kinds, "array" or "scalar".
    assignments: the lines in order.
    results: what is returned, in order; for a step the new x, then the new fields of the state.
    scalars: the names that depend on scalars alone.
    """

    name: str
    arguments: tuple[str, ...]
    parameters: dict[str, float | None]
    state: dict[str, str]
    assignments: tuple[Assignment, ...]
    results: tuple[ast.expr, ...]
    scalars: frozenset[str]

    @property
    def elementwise(self):
        """Whether each component goes its own way: no norm over all of them."""
        expressions = [*(a.value for a in self.assignments), *self.results]
        calls = (n.func.id for e in expressions for n in ast.walk(e) if isinstance(n, ast.Call))
        return "norm" not in calls

    def is_scalar(self, expression):
        """Whether an expression depends on hyperparameters and scalar state alone."""
        return _is_scalar(expression, self.state, self.scalars)


def read_step(rule):
    """Read ``rule.step(x, g, state, …)``; results are the new x and the new state's fields."""
    return _Reader(rule.step, ("x", "g", "state"), state_kinds(rule)).program()


def why_not_elementwise(rule):
    """Why a rule's components do not go their own ways, as a sentence; None if they do.

    Only an elementwise rule can be printed as a loop over components or run many times at once.
    """
    try:
        program = read_step(rule)
    except SourceError as error:
        return str(error)
    return None if program.elementwise else "its norm is over all components of x"


@cache
def elementwise_rules():
    """The rules of ``gdlib.optim.RULES`` that have every form."""
    return tuple(rule for rule in RULES if why_not_elementwise(rule) is None)


def read_init(rule):
    """Read ``rule.init(x, …)``; results are the first state's fields."""
    return _Reader(rule.init, ("x",), state_kinds(rule)).program()


def read_function(function, arguments):
    """Read a function whose leading parameters are ``arguments``, such as an objective's value."""
    return _Reader(function, tuple(arguments)).program()


class _Reader:
    def __init__(self, function, arguments, kinds=None):
        self.function, self.leading, self.has_state = function, arguments, kinds is not None
        self.state = kinds or {}
        self.tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]

    def program(self):
        parameters = self._parameters()
        self.known = {*self.leading, *parameters} - {"state"}
        scalars = set(parameters)
        assignments = []
        body = self.tree.body[1:] if ast.get_docstring(self.tree) else self.tree.body
        if not body or not isinstance(body[-1], ast.Return):
            self._refuse(self.tree.body[-1], "the last line must be the only return")
        for line in body[:-1]:
            assignment = self._assignment(line)
            assignments.append(assignment)
            self.known.add(assignment.name)
            if _is_scalar(assignment.value, self.state, scalars):
                scalars.add(assignment.name)
        results = self._results(body[-1])
        for result in results:
            self._check(result)
        for expression, kind in zip(results[-len(self.state) :], self.state.values(), strict=False):
            if kind == "scalar" and not _is_scalar(expression, self.state, scalars):
                self._refuse(expression, "a scalar field of the state must depend on scalars alone")
        arguments = tuple(n for n in self.leading if n != "state")
        return Program(
            self.function.__name__.lstrip("_"),
            arguments,
            parameters,
            self.state,
            tuple(assignments),
            results,
            frozenset(scalars),
        )

    def _parameters(self):
        parameters = inspect.signature(self.function).parameters
        names = tuple(parameters)
        if names[: len(self.leading)] != self.leading:
            self._refuse(self.tree, f"parameters must begin with {', '.join(self.leading)}")
        for parameter in parameters.values():
            if parameter.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
                self._refuse(self.tree, f"parameter {parameter.name} must be a plain one")
        rest = names[len(self.leading) :]
        defaults = {n: parameters[n].default for n in rest}
        return {n: None if d is inspect.Parameter.empty else d for n, d in defaults.items()}

    def _assignment(self, line):
        if not (
            isinstance(line, ast.Assign)
            and len(line.targets) == 1
            and isinstance(line.targets[0], ast.Name)
        ):
            self._refuse(line, "only assignments to one name may stand before the return")
        name = line.targets[0].id
        if name in self.known or name == "state":
            self._refuse(line, f"{name} is assigned a second time")
        self._check(line.value)
        return Assignment(name, line.value)

    def _results(self, line):
        """The returned expressions, with ``State(…)`` replaced by its fields."""
        value = line.value
        values = list(value.elts) if isinstance(value, ast.Tuple) else [value]
        if not self.has_state:
            return tuple(values)
        last = values.pop()
        if not (isinstance(last, ast.Call) and ast.unparse(last.func) == "State"):
            self._refuse(line, "the new state must be returned last, as State(…)")
        if len(values) != (1 if "g" in self.leading else 0):
            self._refuse(line, "a step returns x_new, State(…); init returns State(…)")
        fields = list(self.state)
        given = dict(zip(fields, last.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in last.keywords}
        if len(last.args) > len(fields) or set(given) != set(fields):
            self._refuse(
                line, f"State needs each of its fields once: {', '.join(fields) or 'none'}"
            )
        return (*values, *(given[name] for name in fields))

    def _check(self, node):
        match node:
            case ast.Constant(value=bool()):
                self._refuse(node, "a truth value is not a number")
            case ast.Constant(value=int() | float()):
                return
            case ast.Name(id=name):
                if name not in self.known and not self._is_ops(name, ("pi",)):
                    self._refuse(node, f"{name} is not an argument or an earlier line")
            case ast.Attribute(value=ast.Name(id="state"), attr=field):
                if field not in self.state or "state" not in self.leading:
                    self._refuse(node, f"the state has no field {field}")
            case ast.UnaryOp(op=ast.USub()):
                self._check(node.operand)
            case ast.BinOp(op=op) if type(op) in (*SYMBOLS, ast.Pow):
                self._check(node.left)
                self._check(node.right)
            case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
                self._check(node.left)
                self._check(node.comparators[0])
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                builtin_abs = name == "abs" and "abs" not in self.function.__globals__
                if not builtin_abs and not self._is_ops(name, FUNCTIONS):
                    self._refuse(node, f"{name} is not one of: abs, {', '.join(FUNCTIONS)}")
                for argument in arguments:
                    self._check(argument)
            case _:
                self._refuse(node, f"{type(node).__name__} is not in the subset")

    def _is_ops(self, name, allowed):
        found = self.function.__globals__.get(name)
        return name in allowed and found is getattr(ops, name)

    def _refuse(self, node, reason):
        code = self.function.__code__
        line = code.co_firstlineno + node.lineno - 1
        text = ast.unparse(node).splitlines()[0]
        raise SourceError(f"{code.co_filename}, line {line}: {reason}: {text}")


def _is_scalar(expression, state, scalars):
    for node in ast.walk(expression):
        match node:
            case ast.Attribute(attr=field):
                if state[field] == "array":
                    return False
            case ast.Name(id=name):
                function = name == "abs" or hasattr(ops, name)
                if name not in scalars and name != "state" and not function:
                    return False
    return True
