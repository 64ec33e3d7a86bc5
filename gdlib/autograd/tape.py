"""The tape: what was computed, in order, and the walk back that turns it into gradients.

While a tape records, an operation on a ``Tensor`` computes its value at once and appends one node:
the output, and for each tensor that went in a function that takes the gradient with respect to the
output back to the gradient with respect to that input. Walking the nodes backwards applies the
chain rule,

    ∂L/∂x = Σ over the uses y of x of (∂y/∂x)ᵀ ∂L/∂y,

once to each node. Operations on plain arrays leave no trace, and outside a tape a tensor counts as
its array.

Source: S. Linnainmaa, "Taylor expansion of the accumulated rounding error", BIT 16, 1976.
"""

import functools

import numpy as np

from gdlib.autograd.parameters import Parameters
from gdlib.autograd.tensor import Tensor, value_of

_recording = None


class Tape:
    """Record in a ``with`` block, then ask once for a gradient.

    >>> w = Tensor([1.0, 2.0])
    >>> with Tape() as tape:
    ...     y = (w * w).sum()
    >>> tape.gradient(y, w)
    array([2., 4.])
    """

    def __init__(self):
        self.nodes = []  # (output, name of the operation, [(input, gradient function), …])
        self.spent = False

    def __enter__(self):
        global _recording
        if _recording is not None:
            raise RuntimeError(
                "a tape is recording already, and tapes do not nest: gradients of gradients are "
                "not recorded; take numerical_hessian of a gradient function"
            )
        if self.spent or self.nodes:
            raise RuntimeError("a tape records once; make a new Tape() for each forward pass")
        _recording = self
        return self

    def __exit__(self, *exception):
        global _recording
        _recording = None

    def record(self, value, name, inputs):
        """Append a node and return its output as a tensor."""
        output = Tensor(value)
        self.nodes.append((output, name, inputs))
        return output

    def gradient(self, y, of):
        """Gradient of the number y with respect to ``of``; the tape is spent after it.

        Arguments: y, a tensor of one element computed under this tape; of, what to differentiate
        by: a tensor (also one computed on the way), a list of tensors, or Parameters.
        Returns an array shaped like the tensor, a list of arrays, or for Parameters one flat
        vector like theirs. What y does not depend on has gradient 0.
        Raises ValueError for a y of more than one element or one that this tape does not lead to,
        RuntimeError for a spent tape.
        """
        if isinstance(y, Tensor) and y.size != 1:
            raise ValueError(
                f"a gradient is taken of one number, got shape {y.shape}; reduce it first, for "
                "example by .sum() or .mean()"
            )
        gradients = self.pull_back(y, np.ones_like, of)
        self.nodes.clear()
        self.spent = True
        return gradients

    def pull_back(self, y, seed, of):
        """vᵀ ∂y/∂of for v = seed(the array of y); keeps the tape for further seeds."""
        if self.spent:
            raise RuntimeError(
                "this tape is spent: its one gradient was taken and its memory freed; run the "
                "forward pass again under a new Tape()"
            )
        if not isinstance(y, Tensor) or not any(
            y is output for output, _, _ in reversed(self.nodes)
        ):
            raise ValueError(
                "this tape does not lead to the value: compute it from a Tensor inside "
                "`with Tape() as tape:`"
            )
        if isinstance(of, Tensor):
            return self.pull_back(y, seed, [of])[0]
        wanted = of.values() if isinstance(of, Parameters) else of
        gradients = self._walk(y, seed(y.data), {id(x) for x in wanted})
        if isinstance(of, Parameters):
            return of.join(gradients)
        return [gradients[id(x)] if id(x) in gradients else np.zeros_like(x.data) for x in of]

    def _walk(self, y, seed, wanted):
        """Gradients by id: of all leaves that y depends on, and of what is wanted besides."""
        gradients, own = {id(y): seed}, set()
        for output, name, inputs in reversed(self.nodes):
            key = id(output)
            g = gradients.get(key) if key in wanted else gradients.pop(key, None)
            if g is None:
                continue
            for x, back in inputs:
                gx, key = back(g), id(x)
                if gx.shape != x.data.shape:
                    raise ValueError(
                        f"the gradient function of {name} returned shape {gx.shape} for an input "
                        f"of shape {x.data.shape}; they must be equal"
                    )
                if key not in gradients:
                    gradients[key] = gx
                elif key in own:
                    gradients[key] += gx
                else:  # gx may be shared with another input: add out of place, once
                    gradients[key] = gradients[key] + gx
                    own.add(key)
        return gradients


def primitive(function):
    """Make a differentiable operation of a function over arrays.

    The function returns its value and then, for each of its first arguments, a function from the
    gradient with respect to the value to the gradient with respect to that argument:

    >>> @primitive
    ... def cube(x):
    ...     return x**3, lambda g: g * 3 * x**2

    Only those of arguments that are tensors are called. Arguments after these, and keywords, are
    constants; a tensor among them raises TypeError.
    """
    name = function.__name__.strip("_")

    @functools.wraps(function)
    def operation(*arguments, **constants):
        arrays = [x.data if isinstance(x, Tensor) else x for x in arguments]
        value, *backs = function(*arrays, **constants)
        if _recording is None:
            return value
        if constants or len(backs) < len(arguments):
            rest = (*arguments[len(backs) :], *constants.values())
            if any(isinstance(x, Tensor) for x in rest):
                raise TypeError(f"{name} has derivatives by its first {len(backs)} arguments only")
        inputs = [
            (x, back) for x, back in zip(arguments, backs, strict=False) if isinstance(x, Tensor)
        ]
        return _recording.record(value, name, inputs) if inputs else value

    return operation


def once(shared):
    """Work that several backward functions of one node share: shared(g), computed once for each g.

    >>> @primitive
    ... def tanh_of_sum(x, bias):
    ...     y = np.tanh(x + bias)
    ...     slope = once(lambda g: g * (1 - y * y))
    ...     return y, slope, lambda g: slope(g).sum(0)
    """
    seen = result = None

    def of(g):
        nonlocal seen, result
        if g is not seen:
            seen, result = g, shared(g)
        return result

    return of


def value_and_gradient(f, x):
    """The number f(x) and its gradient, an array shaped like x.

    Arguments: f, written in NumPy functions and those of the course, from a tensor to one number;
    x, floats of any shape. Raises as ``Tape.gradient`` does.
    """
    x = Tensor(x)
    with Tape() as tape:
        y = f(x)
    return float(value_of(y)), tape.gradient(y, x)


def jacobian(f, x):
    """All derivatives ∂f_i/∂x_j: an array of shape (*f(x).shape, *x.shape), a walk for each f_i."""
    x = Tensor(x)
    with Tape() as tape:
        y = f(x)
    rows = []
    for i in range(value_of(y).size):

        def unit(array, i=i):
            seed = np.zeros_like(array)
            seed.flat[i] = 1
            return seed

        rows.append(tape.pull_back(y, unit, x))
    return np.array(rows).reshape(*y.shape, *x.shape)
