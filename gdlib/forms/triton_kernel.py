"""A rule's Triton kernels, made from its printed source."""

import linecache
from functools import cache
from types import SimpleNamespace

from gdlib.forms.triton_source import triton_source
from gdlib.rule import short_name


@cache
def kernels(rule):
    """The functions of ``triton_source(rule)``, compiled at their first launch.

    Raises SourceError for a rule that is not elementwise, ImportError without Triton.
    """
    text, file = triton_source(rule), f"<Triton kernels of {short_name(rule)}>"
    # Triton reads a kernel's source through inspect, which looks into this cache.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = {"__name__": f"gdlib.forms.triton_kernel.{short_name(rule)}"}
    exec(compile(text, file, "exec"), scope)
    return SimpleNamespace(**{n: scope[n] for n in ("component", "prepare", "scalars", "update")})
