r"""Print a rule as LaTeX, with time indices: ``state.v`` is v_{t-1}, ``v`` is v_t.

The gradient g_t is taken at x_{t-1}. Lines that only count steps (``t = state.t + 1``) are left
out, since t is the index itself.
"""

import ast
from decimal import Decimal

from gdlib.forms.source import read_step

# The symbols of hyperparameters; conventions of the papers, listed in the book's notation page.
SYMBOLS = {
    "lr": r"\eta",
    "eps": r"\epsilon",
    "weight_decay": r"\lambda",
    "eta_minus": r"\eta^{-}",
    "eta_plus": r"\eta^{+}",
    "momentum_decay": r"\psi",
    "mu_product": r"\Pi",
    "warmup": "T",
    "d_min": r"d_{\min}",
    "d_max": r"d_{\max}",
}
GREEK = (
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "eta",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "phi",
    "rho",
)
ACCENTS = {"hat": r"\hat", "bar": r"\bar", "tilde": r"\tilde"}
COMPARISONS = {ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge"}
NEGATE, ADD, MULTIPLY, POWER = 1, 2, 3, 4


def rule_latex(rule):
    r"""The rule as an ``aligned`` block: one line for each assignment, the new x last.

    Raises SourceError when the step is not in the subset.
    """
    program = read_step(rule)
    new_x, *fields = program.results
    lines = [
        (_symbol(name, "t"), _print(value, program))
        for name, value in program.assignments
        if name != "t"
    ]
    for name, value in zip(program.state, fields, strict=True):
        if not (isinstance(value, ast.Name) and value.id == name):
            lines.append((_symbol(name, "t"), _print(value, program)))
    lines.append(("x_t", _print(new_x, program)))
    rows = " \\\\\n".join(f"{left} &= {right}" for left, right in lines)
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def _print(node, program, level=0):
    """Print an expression; it is put in parentheses where the context binds tighter."""

    def inner(child, at=0):
        return _print(child, program, at)

    def first(child, at):
        """The left operand: a minus sign may lead there without parentheses."""
        return inner(child, NEGATE if isinstance(child, ast.UnaryOp) else at)

    match node:
        case ast.Constant(value=number):
            return _number(number)
        case ast.Name(id="pi"):
            return r"\pi"
        case ast.Name(id="x"):
            return "x_{t-1}"
        case ast.Name(id="t"):
            return "t"
        case ast.Name(id=name):
            return _symbol(name, "" if name in program.parameters else "t")
        case ast.Attribute(attr="t"):
            return _wrap("t - 1", ADD, level)
        case ast.Attribute(attr=field):
            return _symbol(field, "{t-1}")
        case ast.UnaryOp(operand=operand):
            return _wrap(f"-{inner(operand, MULTIPLY)}", NEGATE, level)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _wrap(f"{first(left, ADD)} + {inner(right, ADD)}", ADD, level)
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            return _wrap(f"{first(left, ADD)} - {inner(right, MULTIPLY)}", ADD, level)
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            fraction = rf"\frac{{{inner(left)}}}{{{inner(right)}}}"
            return _wrap(fraction, MULTIPLY, level)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            # \, between symbols; a dot where two numbers would run together.
            second = inner(right, MULTIPLY)
            times = r" \cdot " if second[0].isdigit() else r" \, "
            return _wrap(first(left, MULTIPLY) + times + second, MULTIPLY, level)
        case ast.BinOp(op=ast.Pow(), left=base, right=exponent):
            return _wrap(f"{inner(base, POWER + 1)}^{{{inner(exponent)}}}", POWER, level)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return f"{inner(left)} {COMPARISONS[type(op)]} {inner(right)}"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, [inner(a) for a in arguments])
    raise TypeError(f"no LaTeX for {ast.dump(node)}")


def _call(name, arguments):
    match name:
        case "sqrt":
            return rf"\sqrt{{{arguments[0]}}}"
        case "abs":
            return rf"\left|{arguments[0]}\right|"
        case "norm":
            return rf"\left\lVert {arguments[0]} \right\rVert"
        case "zeros_like":
            return "0"
        case "where":
            condition, a, b = arguments
            rows = rf"{a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}}"
            return rf"\begin{{cases}} {rows} \end{{cases}}"
        case "minimum" | "maximum":
            return rf"\{name[:3]}\left({', '.join(arguments)}\right)"
        case "sign":
            return rf"\operatorname{{sign}}\left({arguments[0]}\right)"
    return rf"\{name}\left({arguments[0]}\right)"


def _wrap(text, own, level):
    return rf"\left({text}\right)" if own < level else text


def _symbol(name, time):
    """Turn a name of the code into a symbol with a time index: m_hat, beta1, lr."""
    stem, _, accent = name.rpartition("_")
    if accent == "next" and time == "t":
        return _symbol(stem, "{t+1}")
    if accent == "inf":
        return _symbol(stem, r"\infty")
    if accent in ACCENTS:
        return f"{ACCENTS[accent]}{{{_symbol(stem, '')}}}" + (f"_{time}" if time else "")
    if name in SYMBOLS:
        return SYMBOLS[name] + (f"_{time}" if time else "")
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    base = f"\\{letters}" if letters in GREEK else letters
    if len(letters) > 1 and letters not in GREEK:
        base = r"\mathrm{" + letters.replace("_", r"\_") + "}"
    index = ",".join(part for part in (digits, time.strip("{}")) if part)
    return base + (f"_{{{index}}}" if index else "")


def _number(number):
    """0.5 as it is, 1e-8 as a power of ten."""
    if isinstance(number, int) or 1e-3 <= abs(number) < 1e5 or number == 0:
        return f"{number:g}"
    _, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    mantissa = "".join(map(str, digits))
    power = f"10^{{{exponent + len(mantissa) - 1}}}"
    if mantissa == "1":
        return power
    decimal = mantissa[0] + ("." + mantissa[1:] if len(mantissa) > 1 else "")
    return rf"{decimal} \cdot {power}"
