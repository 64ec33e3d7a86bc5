"""Print a rule's step as Triton kernels.

Three functions come from the rule: ``scalars`` is the host's part of the step in float64,
``component`` the elementwise body, ``update`` loads a block of a tensor, calls it and stores. A
fourth, ``prepare``, runs ``scalars`` on the device, after it has finished a global norm if asked.
``gdlib.forms.triton_step`` launches them and describes the tables that they read.
"""

import ast

import numpy as np

from gdlib.forms.source import COMPARISONS, LEVELS, SYMBOLS
from gdlib.forms.split import split_step
from gdlib.rule import short_name

CALLS = {
    "abs": "tl.abs",
    "sqrt": "tl.sqrt",
    "exp": "tl.exp",
    "sin": "tl.sin",
    "cos": "tl.cos",
    "where": "tl.where",
    "zeros_like": "tl.zeros_like",
    "sign": "sign",
    "minimum": "minimum",
    "maximum": "maximum",
}
RESERVED = {"tl", "triton", "power", "integer_power", "locate", "pointer"}

HEAD = """\
import triton
import triton.language as tl

from gdlib.forms.triton_ops import finish, locate, pointer
from gdlib.forms.triton_ops import integer_power, maximum, minimum, power, sign
"""

# The first columns of the table of tensors: addresses of x and g, size, clock; then those of the
# arrays of the state and of the master copy.
UPDATE = """\
@triton.jit(do_not_specialize=["clocks"])
def update(blocks, tensors, scalar_rows, clocks, status, X: tl.constexpr, G: tl.constexpr,
           WORK: tl.constexpr, CLIP: tl.constexpr, ALIGNED: tl.constexpr, BLOCK: tl.constexpr):
    row, start, rest = locate(blocks, tensors, {columns}, BLOCK)
    factor = tl.full((), 1, WORK)
    if CLIP:
        guard = tl.load(status + 1)
        rest = tl.where(guard >= 0, rest, 0)
        factor = guard.to(WORK)
    if rest % 16 == 0:
        block(row, start, rest // 16 * 16, scalar_rows, clocks, factor,
              X, G, WORK, CLIP, ALIGNED, BLOCK)
    else:
        block(row, start, rest, scalar_rows, clocks, factor, X, G, WORK, CLIP, ALIGNED, BLOCK)
"""

BLOCK = """\
@triton.jit
def block(row, start, rest, scalar_rows, clocks, factor, X: tl.constexpr, G: tl.constexpr,
          WORK: tl.constexpr, CLIP: tl.constexpr, ALIGNED: tl.constexpr, BLOCK: tl.constexpr):
    index = tl.arange(0, BLOCK)
    inside = index < rest
    clock = scalar_rows + tl.load(row + 3)
    x_at = pointer(row, X, ALIGNED) + start + index
    g_at = pointer(row + 1, G, ALIGNED) + start + index
{pointers}    x = tl.load(x_at, mask=inside)
    if X != WORK:
        master_at = pointer(row + {master}, WORK, ALIGNED) + start + index
        master = tl.load(master_at, mask=inside)
        x = tl.where(master.to(X) == x, master, x.to(WORK))
    g = tl.load(g_at, mask=inside).to(WORK)
    if CLIP:
        g = g * factor
{loads}    {results} = component(
        {arguments}, WORK
    )
    tl.store(x_at, new_x.to(X), mask=inside)
    if X != WORK:
        tl.store(master_at, new_x, mask=inside)
{stores}"""

PREPARE = """\
@triton.jit(do_not_specialize=["clocks", "count"])
def prepare(values, scalar_rows, clocks, partials, count, max_norm: "fp64", status,
            CLIP: tl.constexpr, RAISE: tl.constexpr, CLOCKS: tl.constexpr, BLOCK: tl.constexpr):
    go = finish(partials, count, max_norm, status, CLIP, RAISE, BLOCK)
    for first in range(0, clocks, CLOCKS):
        clock = first + tl.arange(0, CLOCKS)
        inside = clock < clocks
        column = values + tl.minimum(clock, clocks - 1)
        runs = clock < tl.where(go, clocks, 0)
{loads}        {results} = scalars(
            {arguments}
        )
{stores}"""


def triton_source(rule):
    """The kernels of a rule, as the text of a Python module.

    Raises SourceError for a rule that is not elementwise, saying why.
    """
    split = split_step(rule)
    head = f'"""Kernels of ``{short_name(rule)}``, printed from its source."""\n\n{HEAD}'
    update = UPDATE.format(columns=5 + len(split.arrays))
    parts = (head, _scalars(split), _component(split), _block(split), update, _prepare(split))
    return "\n\n".join(parts)


def _scalars(split):
    """The host's part: new scalar state, then the scalars that the body uses."""
    lines = [f"{_name(n)} = {_print(value, 'tl.float64')}" for n, value in split.host]
    results = [_print(value, "tl.float64") for value in split.new_scalars.values()]
    return _function("scalars", split.arguments, lines, [*results, *map(_name, split.scalars)])


def _component(split):
    """The elementwise body."""
    arguments = ["x", "g", *split.old_arrays, *split.scalars]
    lines = [f"{_name(n)} = {_print(value, 'WORK')}" for n, value in split.body]
    results = [_print(value, "WORK") for value in split.results]
    return _function("component", [*arguments, "WORK: tl.constexpr"], lines, results)


def _function(name, arguments, lines, results):
    arguments = ", ".join(map(_name, arguments))
    body = "".join(f"    {line}\n" for line in [*lines, f"return {', '.join(results)}"])
    return f"@triton.jit\ndef {name}({arguments}):\n{body}"


def _block(split):
    fields = range(len(split.arrays))
    pointers = [f"at_{k} = pointer(row + {4 + k}, WORK, ALIGNED) + start + index" for k in fields]
    loads = [f"state_{k} = tl.load(at_{k}, mask=inside)" for k in fields]
    loads += [
        f"scalar_{k} = tl.load(clock + {k} * clocks).to(WORK)" for k, _ in enumerate(split.scalars)
    ]
    arguments = ["x", "g", *(f"state_{k}" for k in fields)]
    arguments += [f"scalar_{k}" for k, _ in enumerate(split.scalars)]
    return BLOCK.format(
        master=4 + len(fields),
        pointers=_lines(pointers, 4),
        loads=_lines(loads, 4),
        results=", ".join(["new_x", *(f"new_{k}" for k in fields)]),
        arguments=", ".join(arguments),
        stores=_lines([f"tl.store(at_{k}, new_{k}, mask=inside)" for k in fields], 4),
    )


def _prepare(split):
    """Arguments of ``scalars`` lie in ``values``, one row each and one column for each clock."""
    arguments = range(len(split.arguments))
    first = len(arguments) - len(split.new_scalars)
    loads = [f"argument_{k} = tl.load(column + {k} * clocks)" for k in arguments]
    stores = [
        f"tl.store(column + {first + k} * clocks, new_{k}, mask=runs)"
        for k, _ in enumerate(split.new_scalars)
    ]
    stores += [
        f"tl.store(scalar_rows + {k} * clocks + clock, scalar_{k}, mask=inside)"
        for k, _ in enumerate(split.scalars)
    ]
    results = [f"new_{k}" for k, _ in enumerate(split.new_scalars)]
    results += [f"scalar_{k}" for k, _ in enumerate(split.scalars)]
    return PREPARE.format(
        loads=_lines(loads, 8),
        results=", ".join(results),
        arguments=", ".join(f"argument_{k}" for k in arguments),
        stores=_lines(stores, 8),
    )


def _lines(lines, indent):
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def _print(node, work, level=0):
    """Print an expression; ``work`` is the dtype of its constants, ``level`` the context's."""
    number = _constant(node)
    if number is not None:
        return f"({number!r})" if number < 0 else repr(number)
    match node:
        case ast.Name(id=name):
            return _name(name)
        case ast.UnaryOp(operand=operand):
            return f"(-{_print(operand, work, 3)})"
        case ast.BinOp(op=ast.Pow(), left=base, right=exponent):
            return _power(base, exponent, work)
        case ast.BinOp(op=op, left=left, right=right):
            own = LEVELS[type(op)]
            text = f"{_print(left, work, own)} {SYMBOLS[type(op)]} {_print(right, work, own + 1)}"
            return f"({text})" if own < level else text
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{_print(left, work)} {COMPARISONS[type(op)]} {_print(right, work)}"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return f"{CALLS[name]}({', '.join(_argument(a, work) for a in arguments)})"
    raise TypeError(f"no Triton for {ast.dump(node)}")


def _power(base, exponent, work):
    number = _constant(exponent)
    if number == 2 and isinstance(base, ast.Name):
        return f"({_name(base.id)} * {_name(base.id)})"
    if isinstance(number, int) and number >= 1:
        return f"integer_power({_argument(base, work)}, {number})"
    return f"power({_argument(base, work)}, {_argument(exponent, work)})"


def _argument(node, work):
    """A constant as an argument is float32 in Triton, so one with more digits gets its dtype."""
    number = _constant(node)
    if number is None:
        return _print(node, work)
    exact = float(np.float32(number)) == number
    return repr(float(number)) if exact else f"tl.full((), {float(number)!r}, {work})"


def _constant(node):
    """The number that an expression without names other than pi is, or None."""
    if any(isinstance(n, ast.Call) or (isinstance(n, ast.Name) and n.id != "pi")
           for n in ast.walk(node)):  # fmt: skip
        return None
    if any(isinstance(n, ast.Compare) for n in ast.walk(node)):
        return None
    return eval(ast.unparse(ast.fix_missing_locations(node)), {"pi": np.pi})


def _name(name):
    return f"{name}_" if name in RESERVED else name
