"""RMSprop (Tieleman and Hinton, 2012).

    v_t = rho · v_{t-1} + (1 − rho) · g_t²
    x_t = x_{t-1} − lr · g_t / (√v_t + eps)

Source: T. Tieleman and G. Hinton, "Lecture 6.5 – RMSProp: Divide the gradient by a running average
of its recent magnitude", COURSERA: Neural Networks for Machine Learning (2012).

Frameworks: ``torch.optim.RMSprop`` is this form (it calls rho alpha; lr 0.01, alpha 0.99). optax
and Keras default to rho 0.9 and put eps inside the root, √(v + eps).
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What RMSprop remembers."""

    v: Array  # running mean of squared gradients, shaped like x


def init(x):
    """State before the first step: the mean at zero, shaped like x."""
    return State(zeros_like(x))


def step(x, g, state, lr=1e-2, rho=0.99, eps=1e-8):
    """One step of RMSprop.

    Arguments: x and g of one shape; lr > 0, about the length of a step, in units of x;
    0 <= rho < 1, how much of the mean is kept; eps > 0 in units of g, keeps the division finite.
    Returns the new x and the new state.
    """
    v = rho * state.v + (1 - rho) * g**2
    return x - lr * g / (sqrt(v) + eps), State(v)
