"""Centered RMSprop (Graves, 2013): divide by an estimate of the standard deviation.

    m_t = rho · m_{t-1} + (1 − rho) · g_t
    v_t = rho · v_{t-1} + (1 − rho) · g_t²
    x_t = x_{t-1} − lr · g_t / (√max(v_t − m_t², 0) + eps)

Source: A. Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850 (2013).

Frameworks: ``torch.optim.RMSprop(centered=True)`` is this form without the max: where rounding
makes v − m² negative, PyTorch's step is NaN. optax and Keras put eps inside the root.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, sqrt, zeros_like


class State(NamedTuple):
    """What centered RMSprop remembers."""

    m: Array  # running mean of gradients, shaped like x
    v: Array  # running mean of squared gradients, shaped like x


def init(x):
    """State before the first step: both means at zero, shaped like x."""
    return State(zeros_like(x), zeros_like(x))


def step(x, g, state, lr=1e-2, rho=0.99, eps=1e-8):
    """One step of centered RMSprop.

    Arguments: x and g of one shape; lr > 0, about the length of a step, in units of x, where
    gradients vary about zero, and longer where they agree; 0 <= rho < 1, how much of the means
    is kept; eps > 0 in units of g, keeps the division finite.
    Returns the new x and the new state.
    """
    m = rho * state.m + (1 - rho) * g
    v = rho * state.v + (1 - rho) * g**2
    return x - lr * g / (sqrt(maximum(v - m**2, 0)) + eps), State(m, v)
