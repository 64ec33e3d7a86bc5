"""Connections that skip a layer: its input is added to its output, or put beside it."""

import numpy as np

from gdlib.layers.layer import Layer


class Residual(Layer):
    """y = x + inner(x), or shortcut(x) + inner(x).

    The Jacobian is I + ∂inner/∂x, so a gradient passes even where the inner layer's vanishes.
    Arguments: inner, a layer or function; shortcut, one that brings x to the shape of inner(x)
    where they differ (None: x itself). Raises ValueError where the shapes differ.
    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition",
    CVPR 2016.
    """

    def __init__(self, inner, shortcut=None):
        super().__init__()
        self.inner, self.shortcut = inner, shortcut
        both = {"inner": inner, "shortcut": shortcut}
        self.layers = {name: f for name, f in both.items() if isinstance(f, Layer)}

    def forward(self, x):
        y = self.inner(x)
        skip = x if self.shortcut is None else self.shortcut(x)
        if skip.shape != y.shape:
            raise ValueError(
                f"the inner layer gives shape {y.shape} and the shortcut {skip.shape}, which do "
                "not add; give a shortcut that brings x to the inner layer's shape"
            )
        return skip + y


class DenseConnection(Layer):
    """y = (x, inner(x)), concatenated along one axis: all earlier features stay in reach.

    A dense block is a Sequential of these, each inner layer taking all features so far.
    Arguments: inner, a layer or function; axis, of the features (1, as for (N, C) and
    (N, C, H, W); −1 for (N, T, C)). Raises ValueError where the other axes differ.
    Source: G. Huang, Z. Liu, L. van der Maaten, K. Q. Weinberger, "Densely Connected Convolutional
    Networks", CVPR 2017.
    """

    def __init__(self, inner, axis=1):
        super().__init__()
        self.inner, self.axis = inner, axis
        self.layers = {"inner": inner} if isinstance(inner, Layer) else {}

    def forward(self, x):
        y = self.inner(x)
        return np.concatenate([x, y], axis=self.axis)
