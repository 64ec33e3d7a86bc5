"""Adadelta (Zeiler, 2012).

    v_t = rho · v_{t-1} + (1 − rho) · g_t²
    d_t = √(a_{t-1} + eps) / √(v_t + eps) · g_t
    a_t = rho · a_{t-1} + (1 − rho) · d_t²
    x_t = x_{t-1} − lr · d_t

Source: M. D. Zeiler, "ADADELTA: An adaptive learning rate method", arXiv:1212.5701 (2012). The
paper has no lr: it is 1.

Frameworks: torch, optax and Keras agree; a accumulates d without lr in all of them. Defaults
differ: Keras has lr 1e-3, rho 0.95, eps 1e-7.
"""

from typing import NamedTuple

from gdlib.ops import Array, sqrt, zeros_like


class State(NamedTuple):
    """What Adadelta remembers."""

    v: Array  # running mean of squared gradients, shaped like x
    a: Array  # running mean of squared steps, before lr, shaped like x


def init(x):
    """State before the first step: both means at zero, shaped like x."""
    return State(zeros_like(x), zeros_like(x))


def step(x, g, state, lr=1.0, rho=0.9, eps=1e-6):
    """One step of Adadelta.

    Arguments: x and g of one shape; lr > 0, a factor without unit; 0 <= rho < 1, how much of the
    means is kept; eps > 0, the length √eps of the first steps, in units of x.
    Returns the new x and the new state.
    """
    v = rho * state.v + (1 - rho) * g**2
    d = sqrt(state.a + eps) / sqrt(v + eps) * g
    a = rho * state.a + (1 - rho) * d**2
    return x - lr * d, State(v, a)
