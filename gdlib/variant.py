"""A rule, or any function, with a line changed.

A variant is made by patching text, so it cannot drift from what it varies: when the original
changes and a patch no longer matches, making the variant fails.
"""

import ast
import inspect
import itertools
import linecache
import textwrap
import types

from gdlib import ops
from gdlib.rule import short_name

_serial = itertools.count(1)
# A patch may call any operation, also one that the original does not import.
_OPERATIONS = {name: getattr(ops, name) for name in ops.__all__}


def patched(function, *patches, name=None):
    """Return ``function`` with each ``(old, new)`` replaced in its body.

    Each ``old`` must occur exactly once in the body (the docstring and the signature do not
    count); patches apply in order. The result is compiled with the globals of ``function`` and the
    functions of ``gdlib.ops``, so that a patch may call any of them, and it is registered, so that
    ``inspect.getsource`` and therefore every form works on it.

    Raises ValueError when there is no patch or a patch matches not once; TypeError when
    ``function`` is not a plain function defined by ``def``.
    """
    if not isinstance(function, types.FunctionType) or function.__name__ == "<lambda>":
        raise TypeError(f"patched needs a function defined by def, got {function!r}")
    if not patches:
        raise ValueError("patched needs at least one (old, new) pair, got none")
    source = textwrap.dedent(inspect.getsource(function))
    head, body = _split(source)
    for old, new in patches:
        found = body.count(old)
        if found != 1:
            raise ValueError(
                f"the patch {old!r} must match exactly once in the body of "
                f"{function.__qualname__}, it matches {found} times:\n{body}"
            )
        body = body.replace(old, new)
    filename = f"<variant {next(_serial)} of {function.__qualname__}>"
    text = head + body
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope = {**_OPERATIONS, **function.__globals__}
    exec(compile(text, filename, "exec"), scope)
    result = scope[function.__name__]
    result.__name__ = name or function.__name__
    return result


def variant(rule, *patches, name=None):
    """Return a rule that is ``rule`` with each ``(old, new)`` replaced in the body of its step.

    State and init are shared. ``name`` (default: the rule's own name followed by "_variant")
    becomes the variant's ``__name__``, under which figures and widgets show it.

    >>> from gdlib.optim import momentum
    >>> ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
    """
    result = types.ModuleType(name or f"{short_name(rule)}_variant", rule.__doc__)
    result.State, result.init = rule.State, rule.init
    result.step = patched(rule.step, *patches)
    result.variant_of = rule
    return result


def _split(source):
    """Split a function's source before the first statement that is not its docstring."""
    function = ast.parse(source).body[0]
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_docstring and len(function.body) > 1:
        first = function.body[1]
    lines = source.splitlines(keepends=True)
    return "".join(lines[: first.lineno - 1]), "".join(lines[first.lineno - 1 :])
