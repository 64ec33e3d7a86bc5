"""Dropout: in training, random elements or whole channels are 0."""

import numpy as np

from gdlib.autograd import primitive
from gdlib.layers.layer import Layer


@primitive
def _masked(x, kept, p):
    """x · m / (1 − p), with the mask m = 1 where kept, else 0."""
    scale = kept * x.dtype.type(1 / (1 - p))
    return x * scale, lambda g: g * scale


class Dropout(Layer):
    """y = x · m / (1 − p), with each element of the mask m being 0 with probability p, else 1.

    Dividing by 1 − p keeps the mean of y at x ("inverted" dropout), so that evaluation needs no
    factor: there, and for p = 0, the layer returns x itself. The mask is drawn anew in each call
    from the network's generator, which ``initialize(seed)`` sets, so a seed reproduces a run.
    Arguments: p, the probability of 0 (not of being kept), at least 0 and less than 1.
    Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, "Dropout: A
    Simple Way to Prevent Neural Networks from Overfitting", JMLR 15, 2014.
    """

    def __init__(self, p=0.5):
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(
                f"p is the probability of dropping an element, at least 0 and less than 1, got {p}"
            )
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        self._initialized()
        return _masked(x, self.rng.random(self.mask_shape(x), np.float32) >= self.p, self.p)

    def mask_shape(self, x):
        return x.shape


class SpatialDropout(Dropout):
    """Dropout of whole channels: an example's channel is 0 everywhere or kept everywhere.

    Neighbouring positions of a channel are alike, so dropping single elements takes little away.
    Arguments: p, the probability that a channel is dropped; axis, of the channels: 1 for (N, C, L)
    and (N, C, H, W) as in torch's Dropout1d and Dropout2d, −1 for (N, T, C) as in Keras'
    SpatialDropout1D. Raises ValueError for fewer than three axes.
    Source: J. Tompson, R. Goroshin, A. Jain, Y. LeCun, C. Bregler, "Efficient Object Localization
    Using Convolutional Networks", CVPR 2015.
    """

    def __init__(self, p=0.5, axis=1):
        super().__init__(p)
        self.axis = axis

    def mask_shape(self, x):
        if x.ndim < 3:
            raise ValueError(
                "spatial dropout takes x with axes for examples, channels and positions, got "
                f"shape {x.shape}; use Dropout"
            )
        shape = [len(x), *[1] * (x.ndim - 1)]
        shape[self.axis] = x.shape[self.axis]
        return tuple(shape)
