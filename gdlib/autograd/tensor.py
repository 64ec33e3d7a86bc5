"""An array whose operations a tape records."""

import numpy as np

# Filled by the modules that know the derivatives: NumPy function or ufunc → differentiable one.
DERIVATIVES = {}


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """A floating-point array to differentiate by, or a result on a tape.

    NumPy's operators and functions take it; what they can differentiate is in ``DERIVATIVES``.
    ``data`` is the plain array. Raises TypeError for numbers that are not floating point.
    """

    __slots__ = ("data",)

    def __init__(self, data):
        if isinstance(data, Tensor):
            data = data.data
        self.data = data if isinstance(data, np.ndarray) else np.asarray(data)
        if self.data.dtype.kind != "f":
            raise TypeError(
                f"a tensor holds floating-point numbers, got {self.data.dtype}; pass "
                "x.astype(float), or leave indices and labels plain arrays"
            )

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    size = property(lambda self: self.data.size)
    dtype = property(lambda self: self.data.dtype)
    T = property(lambda self: np.transpose(self))

    def __len__(self):
        return len(self.data)

    def __float__(self):
        raise TypeError(
            "a tensor does not become a number by itself, since its history would be lost; use "
            "NumPy's function for math's, or x.item() for the number"
        )

    def item(self):
        """The number that a tensor of one element holds."""
        return self.data.item()

    def __repr__(self):
        return f"Tensor({np.array2string(self.data, separator=', ', prefix='Tensor(')})"

    def __array__(self, *_, **__):
        raise TypeError(
            "a tensor does not become an array by itself, since its history would be lost; "
            "write x.data for its values"
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if options.get("out") is not None:
            raise TypeError(
                "a tensor is not changed in place, since the tape still needs its value; "
                "write x = x + y for x += y"
            )
        if method != "__call__" or options:
            raise TypeError(f"{ufunc.__name__}.{method} with {[*options]} has no derivative here")
        if ufunc not in DERIVATIVES:
            if ufunc in _FLAT:
                return ufunc(*map(value_of, inputs))
            raise _no_derivative(ufunc)
        try:
            return DERIVATIVES[ufunc](*inputs)
        except ValueError as error:
            shapes = " and ".join(str(np.shape(value_of(x))) for x in inputs)
            advice = {
                "matmul": "the last axis of the first must be as long as the last but one of the "
                "second",
            }.get(ufunc.__name__, "they must be equal or broadcast to one shape")
            raise ValueError(f"{ufunc.__name__} of shapes {shapes}: {advice}") from error

    def __array_function__(self, function, types, arguments, options):
        if function in DERIVATIVES:
            return DERIVATIVES[function](*arguments, **options)
        if function in _FLAT_FUNCTIONS:
            return function(*map(value_of, arguments), **options)
        raise _no_derivative(function)

    def __getitem__(self, index):
        return DERIVATIVES["getitem"](self, index)

    def reshape(self, *shape):
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def sum(self, axis=None, keepdims=False):
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis=None, keepdims=False):
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis=None, keepdims=False):
        return np.max(self, axis=axis, keepdims=keepdims)

    def transpose(self, *axes):
        return np.transpose(self, axes or None)


# Derivative zero wherever there is one: these give plain arrays.
_FLAT = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.sign, np.floor, np.ceil, np.rint, np.isnan, np.isfinite, np.isinf,
}  # fmt: skip
_FLAT_FUNCTIONS = {
    np.zeros_like, np.ones_like, np.empty_like, np.argmax, np.argmin, np.argsort, np.shape,
    np.ndim, np.size, np.round, np.array_equal, np.allclose,
}  # fmt: skip


def value_of(x):
    """The array of a tensor; anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


def _no_derivative(function):
    known = sorted({getattr(f, "__name__", f) for f in DERIVATIVES})
    return TypeError(
        f"{function.__name__} has no derivative here; write it with {', '.join(known)}, or make "
        "an operation of your own with @primitive"
    )
