"""Count the arithmetic of a computation by running it."""

import math

import numpy as np

from gdlib.autograd.tensor import Tensor

_counts = None


def count_operations(f, *inputs):
    """Additions, multiplications and function values that f(*inputs) computes on arrays.

    An elementwise function counts one for each element of its result, a sum one less than it has
    terms, a product of an (m, k) and a (k, n) matrix m·n·(2k − 1). Moving data counts nothing, nor
    does arithmetic with nothing but plain Python numbers. f may record a tape and walk it back.

    Arguments: f; inputs, its arrays, all of which are counted through.
    Returns the number as an int. Raises TypeError for array functions whose arithmetic is not
    known, such as np.linalg.norm.
    """
    global _counts
    if _counts is not None:
        raise RuntimeError("operations are being counted already; count one computation at a time")
    _counts = []
    try:
        f(*(np.asarray(x).view(_Counted) for x in inputs))
        return sum(_counts)
    finally:
        _counts = None


class _Counted(np.ndarray):
    """An array that notes each operation on it; so do the results."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if any(isinstance(x, Tensor) for x in inputs):
            return NotImplemented  # the tensor's operation counts what it computes
        plain = [np.asarray(x) if isinstance(x, _Counted) else x for x in inputs]
        if out is not None:
            options["out"] = tuple(np.asarray(x) if x is not None else None for x in out)
        result = getattr(ufunc, method)(*plain, **options)
        _note(_operations(ufunc, method, plain, result))
        if out is not None:
            return out[0] if len(out) == 1 else out
        return _wrap(result)

    def __array_function__(self, function, types, arguments, options):
        if function is np.einsum and isinstance(arguments[0], str):
            _note(_einsum_operations(*arguments))
        elif function in (np.einsum, np.linalg.norm, np.convolve, np.vdot, np.inner):
            raise TypeError(f"the operations of {function.__name__} are not counted; use matmul")
        if function is np.dot:
            return np.matmul(*arguments, **options)
        return _wrap(super().__array_function__(function, types, arguments, options))


def _note(number):
    if _counts is not None:
        _counts.append(int(number))


def _wrap(result):
    if isinstance(result, list | tuple):
        return type(result)(map(_wrap, result))
    if isinstance(result, np.ndarray | np.generic):
        return np.asarray(result).view(_Counted)
    return result


def _einsum_operations(subscripts, *operands):
    """For each combination of the indices the products, and an addition for each but the first."""
    inputs, output = subscripts.split("->")
    lengths = {}
    for letters, operand in zip(inputs.split(","), operands, strict=True):
        lengths |= zip(letters, operand.shape, strict=True)
    combinations = math.prod(lengths.values())
    return combinations * len(operands) - math.prod(lengths[letter] for letter in output)


def _operations(ufunc, method, inputs, result):
    if method == "reduce":
        return inputs[0].size - np.size(result)
    if method == "at":
        return np.broadcast(np.empty(inputs[0].shape)[inputs[1]], *inputs[2:]).size
    if method != "__call__":
        return np.size(result)
    if ufunc is np.matmul:
        return np.size(result) * (2 * inputs[0].shape[-1] - 1)
    return np.size(result[0] if isinstance(result, tuple) else result)
