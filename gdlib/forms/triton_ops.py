"""What printed kernels call beside Triton's own functions, with the meaning of ``gdlib.ops``."""

import triton
import triton.language as tl


@triton.jit
def sign(a):
    """−1, 0 or 1; NaN stays NaN."""
    return tl.where(a > 0, 1.0, tl.where(a < 0, -1.0, a))


@triton.jit
def minimum(a, b):
    """Elementwise minimum; a NaN in either wins."""
    return tl.minimum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def maximum(a, b):
    """Elementwise maximum; a NaN in either wins."""
    return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def power(a, b):
    """a^b for a ≥ 0, as 2^(b · log₂ a); NaN for a negative a."""
    return tl.where(b == 0, 1.0, tl.exp2(b * tl.log2(a)))


@triton.jit
def integer_power(a, N: tl.constexpr):
    """a^N for a whole number N ≥ 1, by multiplication, so that a may be negative."""
    result = a
    for _ in tl.static_range(1, N):
        result = result * a
    return result


@triton.jit
def locate(blocks, tensors, columns, BLOCK: tl.constexpr):
    """The program's row of the table of tensors, where its block starts, how much is left."""
    at = blocks + 2 * tl.program_id(0)
    row = tensors + columns * tl.load(at).to(tl.int64)
    start = tl.load(at + 1).to(tl.int64) * BLOCK
    return row, start, tl.minimum(tl.load(row + 2) - start, BLOCK).to(tl.int32)


@triton.jit
def pointer(entry, DTYPE: tl.constexpr, ALIGNED: tl.constexpr):
    """The address in a table as a pointer; ALIGNED promises that it divides by 16."""
    at = tl.load(entry).to(tl.pointer_type(DTYPE))
    if ALIGNED:
        at = tl.multiple_of(at, 16)
    return at


@triton.jit(do_not_specialize=["first"])
def sum_squares(blocks, tensors, columns, partials, first, G: tl.constexpr, ALIGNED: tl.constexpr,
                BLOCK: tl.constexpr):  # fmt: skip
    """Partial sums Σg² in float64, one for each block, written from partials[first] on."""
    row, start, rest = locate(blocks, tensors, columns, BLOCK)
    g_at = pointer(row + 1, G, ALIGNED) + start + tl.arange(0, BLOCK)
    # A whole number of sixteens lets the mask, too, go with loads of 128 bits.
    total = _sum(g_at, rest // 16 * 16, BLOCK) if rest % 16 == 0 else _sum(g_at, rest, BLOCK)
    tl.store(partials + first + tl.program_id(0), total)


@triton.jit
def _sum(g_at, rest, BLOCK: tl.constexpr):
    g = tl.load(g_at, mask=tl.arange(0, BLOCK) < rest, other=0.0).to(tl.float64)
    return tl.sum(g * g)


@triton.jit
def finish(partials, count, max_norm, status, CLIP: tl.constexpr, RAISE: tl.constexpr,
           BLOCK: tl.constexpr):  # fmt: skip
    """Whether this step is taken, from the partial sums; ``status`` says what became of it.

    status: the norm; the factor of the gradients, −1 where the step is left out; 1 + the first
    block that was not finite, which stops all steps with RAISE; steps left out; steps taken.
    """
    go = tl.load(status + 2) == 0
    if CLIP:
        sums = tl.zeros((BLOCK,), tl.float64)
        bad = tl.full((BLOCK,), 2147483647, tl.int32)
        for first in range(0, count, BLOCK):
            index = first + tl.arange(0, BLOCK)
            part = tl.load(partials + index, mask=index < count, other=0.0)
            sums += part
            bad = tl.minimum(bad, tl.where(part < float("inf"), 2147483647, index))
        norm = tl.sqrt(tl.sum(sums))
        finite = norm < float("inf")
        if RAISE:
            stopped = tl.where(finite, 0.0, tl.min(bad, 0).to(tl.float64) + 1)
            tl.store(status + 2, tl.where(go, stopped, tl.load(status + 2)))
        go = go & finite
        factor = tl.where(norm > max_norm, max_norm / norm, 1.0)
        tl.store(status, norm)
        tl.store(status + 1, tl.where(go, factor, -1.0))
    tl.store(status + 3, tl.load(status + 3) + tl.where(go, 0.0, 1.0))
    tl.store(status + 4, tl.load(status + 4) + tl.where(go, 1.0, 0.0))
    return go
