"""Schedule-Free AdamW (Defazio et al., 2024): averaging in place of a learning-rate schedule.

Three points: z takes the steps, x̄ is their weighted mean, and y, between them, is where gradients
are taken. y is what this rule calls x, the parameters that are trained.

    lr_t = lr · min(1, t / warmup)
    z_t = z_{t-1} − lr_t · (g_t / (√v̂_t + eps) + weight_decay · y_{t-1})
    w_t = w_{t-1} + lr_t²,   c_t = lr_t² / w_t
    x̄_t = (1 − c_t) · x̄_{t-1} + c_t · z_t
    y_t = (1 − beta1) · z_t + beta1 · x̄_t

Evaluate the model at x̄, ``state.x_bar``, not at y.

Source: A. Defazio, X. A. Yang, H. Mehta, K. Mishchenko, A. Khaled and A. Cutkosky, "The road less
scheduled", NeurIPS 2024.

Frameworks: without warm-up this is ``optax.contrib.schedule_free_adamw`` (which recomputes x̄ from
y and z, so it needs beta1 > 0); optax warms up from lr 0 and so a step later. Keras has it, with
results that depend on its backend; torch has none.
"""

from typing import NamedTuple

from gdlib.ops import Array, maximum, minimum, sqrt, zeros_like


class State(NamedTuple):
    """What Schedule-Free AdamW remembers."""

    z: Array  # the point that takes the steps, shaped like x
    x_bar: Array  # weighted mean of all z, the model to evaluate, shaped like x
    v: Array  # running mean of squared gradients, shaped like x
    w: float  # sum of the weights so far
    t: int  # steps taken


def init(x):
    """State before the first step: all three points at x, mean of squares zero."""
    return State(x + 0, x + 0, zeros_like(x), 0.0, 0)


def step(x, g, state, lr=2.5e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, warmup=0.0):
    """One step of Schedule-Free AdamW.

    Arguments: x (the paper's y) and g of one shape; lr > 0, about the largest step of z, in units
    of x; 0 <= beta1 <= 1, where between z and the mean gradients are taken; 0 <= beta2 < 1, how
    much of the mean of squares is kept; eps > 0 in units of g; weight_decay >= 0; warmup >= 0, the
    steps in which lr rises linearly.
    Returns the new x and the new state.
    """
    t = state.t + 1
    gamma = lr * minimum(1, t / maximum(warmup, 1))
    v = beta2 * state.v + (1 - beta2) * g**2
    v_hat = v / (1 - beta2**t)
    z = state.z - gamma * (g / (sqrt(v_hat) + eps) + weight_decay * x)
    w = state.w + gamma**2
    c = gamma**2 / w
    x_bar = (1 - c) * state.x_bar + c * z
    return (1 - beta1) * z + beta1 * x_bar, State(z, x_bar, v, w, t)
