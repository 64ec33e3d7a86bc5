"""What the printed loops call: memory by its address, and gdlib.ops on single numbers.

Signed zeros and NaN come out as in NumPy.
"""

import llvmlite.binding
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

# LLVM vectorises a loop only if it can see that its arrays do not overlap, and gives up when this
# takes more than 8 comparisons; with five arrays it takes 10.
llvmlite.binding.set_option("gdlib", "--runtime-memory-check-threshold=64")


@intrinsic
def pointer(context, address):
    """The int64 ``address`` as a pointer, for ``numba.carray``."""

    def codegen(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), codegen


@njit
def maximum(a, b):
    return a if a >= b or a != a else b


@njit
def minimum(a, b):
    return a if a <= b or a != a else b


@njit
def where(condition, a, b):
    return a if condition else b


@njit
def sign(a):
    return type(a)(1) if a > 0 else type(a)(-1) if a < 0 else a - a
