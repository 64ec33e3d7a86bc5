"""AdaGrad (Duchi, Hazan and Singer, 2011), diagonal form.

    v_t = v_{t-1} + g_t²
    x_t = x_{t-1} − lr · g_t / (√v_t + eps)

Source: J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
stochastic optimization", Journal of Machine Learning Research 12 (2011), 2121–2159.

Frameworks: ``torch.optim.Adagrad`` is this form (default lr 0.01, accumulator from 0). optax and
Keras put eps inside the root, √(v + eps), with eps 1e-7, and start the accumulator at 0.1.
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What AdaGrad remembers."""

    v: Array  # sum of squared gradients, shaped like x


def init(x, initial_accumulator=0.0):
    """State before the first step: the sum at ``initial_accumulator`` >= 0, shaped like x."""
    return State(zeros_like(x) + initial_accumulator)


def step(x, g, state, lr=1e-2, eps=1e-10):
    """One step of AdaGrad.

    Arguments: x and g of one shape; lr > 0, the length of the first step, in units of x;
    eps > 0 in units of g, keeps the division finite.
    Returns the new x and the new state.
    """
    v = state.v + g**2
    return x - lr * g / (sqrt(v) + eps), State(v)
