"""Print an elementwise rule as a module with one loop over memory, for Numba.

Scalars are rounded to the arrays' precision as NumPy rounds a Python number beside an array, and
each operation is NumPy's own, so that with + − · / √ alone every bit is NumPy's.
"""

import ast
from functools import cache

from gdlib import ops
from gdlib.forms.source import SourceError
from gdlib.forms.split import split_step
from gdlib.rule import short_name

OPTIONS = 'cache=True, nogil=True, error_model="numpy"'

HEAD = """from math import cos, exp, inf, sin, sqrt

from numba import carray, float32, float64, njit, prange

from gdlib.forms.numba_ops import maximum, minimum, pointer, sign, where
"""
UPDATE = '''

@njit({options})
def update(_addresses, _pieces, _scalars):
    """One step of {rule} for each piece (tensor, offset in bytes, length)."""
{scalars}
    _power, _factor = {dtype}(_scalars[{count}]), {dtype}(_scalars[{next}])
    for _row in range(len(_pieces)):
        _tensor, _offset, _length = _pieces[_row, 0], _pieces[_row, 1], _pieces[_row, 2]
{arrays}
        for _i in range(_length):
{loads}
{body}
{stores}


@njit({options}, parallel=True)
def update_in_parallel(_addresses, _pieces, _scalars):
    for _row in prange(len(_pieces)):
        update(_addresses, _pieces[_row : _row + 1], _scalars)
'''
SQUARES = '''

@njit({options})
def in_order(sums):
    total = 0.0
    for i in range(len(sums)):
        total += sums[i]
    return total


@njit({options}, fastmath={{"reassoc"}})
def squares(addresses, pieces, sums):
    """Sum of squares of each piece of the gradients, in float64."""
    for row in range(len(pieces)):
        tensor, offset, length = pieces[row, 0], pieces[row, 1], pieces[row, 2]
        g = carray(pointer(addresses[1, tensor] + offset), length, {dtype})
        total = 0.0
        for i in range(length):
            total += float64(g[i]) * float64(g[i])
        sums[row] = total
    return in_order(sums)


@njit({options}, parallel=True)
def squares_in_parallel(addresses, pieces, sums):
    for row in prange(len(pieces)):
        squares(addresses, pieces[row : row + 1], sums[row : row + 1])
    return in_order(sums)
'''


@cache
def loop_source(rule, dtype):
    """A module for arrays of ``dtype``, "float32" or "float64".

    ``update(addresses, pieces, scalars)`` takes the step; addresses has a row each for x, g and
    the array fields of the state, and a column for each tensor; scalars are those of the host,
    then a power of two and a factor by which gradients are multiplied. ``update_in_parallel``
    shares the pieces among threads. Raises SourceError for a rule that is not elementwise.
    """
    split = split_step(rule)
    names = [*(n for n, _ in split.body), *split.scalars, *split.old_arrays]
    reserve(names, f"{short_name(rule)}'s step")
    arrays = ["x", "g", *split.old_arrays]
    at = "carray(pointer(_addresses[{}, _tensor] + _offset), _length, {})"
    results = zip(("x", *arrays[2:]), split.results, strict=True)
    return HEAD + UPDATE.format(
        options=OPTIONS,
        rule=short_name(rule),
        dtype=dtype,
        count=len(split.scalars),
        next=len(split.scalars) + 1,
        scalars=_lines(4, (f"{n} = {dtype}(_scalars[{i}])" for i, n in enumerate(split.scalars))),
        arrays=_lines(8, (f"_{n} = {at.format(i, dtype)}" for i, n in enumerate(arrays))),
        loads=_lines(
            12,
            (f"{n} = _{n}[_i]" + (" * _power * _factor" if n == "g" else "") for n in arrays),
        ),
        body=_lines(12, (f"{n} = {expression(v, dtype)}" for n, v in split.body)),
        stores=_lines(12, (f"_{n}[_i] = {expression(v, dtype)}" for n, v in results)),
    )


def norm_source(dtype):
    """A module with ``squares(addresses, pieces, sums)``, the sum of all squared gradients."""
    return HEAD + SQUARES.format(options=OPTIONS, dtype=dtype)


def reserve(names, whose):
    """Refuse names that the printed loops have for themselves."""
    words = {
        "abs",
        "carray",
        "float32",
        "float64",
        "inf",
        "len",
        "njit",
        "pointer",
        "prange",
        "range",
    }
    for name in names:
        if name.startswith("_") or name in words or name in ops.__all__:
            raise SourceError(f"{whose} must not assign the name {name}; call it otherwise")


def expression(node, dtype):
    """Print an expression whose names are numbers of ``dtype``."""
    copy = ast.parse(ast.unparse(ast.fix_missing_locations(node)), mode="eval").body
    return ast.unparse(ast.fix_missing_locations(_Typed(dtype).visit(copy)))


class _Typed(ast.NodeTransformer):
    """Numbers of the arrays' precision; powers as NumPy takes those of an array."""

    def __init__(self, dtype):
        self.dtype = dtype

    def visit(self, node):
        names = (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        if isinstance(node, ast.expr) and all(hasattr(ops, name) for name in names):
            return self._number(_constant(node))
        return super().visit(node)

    def visit_BinOp(self, node):
        match node:
            case ast.BinOp(ast.expr() as base, ast.Pow(), ast.Constant(value=2)):
                base = self.visit(base)
                return ast.BinOp(base, ast.Mult(), base)
            case ast.BinOp(ast.expr() as base, ast.Pow(), ast.Constant(value=0.5)):
                return ast.Call(ast.Name("sqrt"), [self.visit(base)], [])
        return self.generic_visit(node)

    def visit_Call(self, node):
        if node.func.id == "zeros_like":
            return self._number(0.0)
        return ast.Call(node.func, [self.visit(a) for a in node.args], [])

    def _number(self, value):
        return ast.Call(ast.Name(self.dtype), [ast.Constant(value)], [])


def _constant(node):
    scope = {name: getattr(ops, name) for name in ops.__all__}
    return float(eval(compile(ast.unparse(ast.fix_missing_locations(node)), "", "eval"), scope))


def _lines(indent, lines):
    return "\n".join(" " * indent + line for line in lines)
