"""How frameworks other than PyTorch spell the rules: each a variant, proved equal to the framework.

The rules of ``gdlib.optim`` are PyTorch's. ``DIALECTS["keras"]["adam"]`` is what
``keras.optimizers.Adam`` computes; where a framework agrees with the rule itself, the rule stands
there.
"""

from gdlib.optim import (
    adagrad,
    adam,
    amsgrad,
    momentum,
    nadam,
    nesterov,
    rmsprop,
    schedule_free_adamw,
)
from gdlib.variant import variant

# Keras keeps lr inside the velocity: the same path until lr changes.
_momentum_keras = variant(
    momentum, ("+ g", "- lr * g"), ("x - lr * v", "x + v"), name="momentum_keras"
)
_nesterov_keras = variant(
    nesterov,
    ("+ g", "- lr * g"),
    ("x - lr * (g + beta * v)", "x + beta * v - lr * g"),
    name="nesterov_keras",
)

# eps inside the root: it then counts in units of g², and √eps is what holds small gradients down.
_INSIDE = ("(sqrt(v) + eps)", "sqrt(v + eps)")
_adagrad_inside = variant(adagrad, _INSIDE, name="adagrad_eps_inside")
_rmsprop_inside = variant(rmsprop, _INSIDE, name="rmsprop_eps_inside")

# eps beside the *uncorrected* root ("epsilon hat"): in effect eps / √(1 − beta2^t).
_HAT = ("x - lr * m_hat / (sqrt({0}_hat) + eps)", "x - lr * m_hat * r / (sqrt({0}) + eps)")


def _with_epsilon_hat(rule, moment):
    """The rule with Keras' eps; r = √(1 − beta2^t) then multiplies the step."""
    old, new = (text.format(moment) for text in _HAT)
    line = f"    {moment}_hat = {moment} / (1 - beta2**t)"
    root = "    r = sqrt(1 - beta2**t)"
    name = f"{rule.__name__.rpartition('.')[2]}_keras"
    return variant(rule, (line, root), (old, new), name=name)


_adam_keras = _with_epsilon_hat(adam, "v")
_amsgrad_keras = _with_epsilon_hat(amsgrad, "u")

# optax takes AMSGrad's maximum of the corrected moment.
_amsgrad_optax = variant(
    amsgrad,
    ("u = maximum(state.u, v)", "u = maximum(state.u, v / (1 - beta2**t))"),
    ("u_hat = u / (1 - beta2**t)", "u_hat = u"),
    name="amsgrad_optax",
)

# optax' nadam looks ahead with a constant momentum; there is no schedule.
_nadam_optax = variant(
    adam,
    (
        "m_hat = m / (1 - beta1**t)",
        "m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)",
    ),
    name="nadam_optax",
)

# Keras' momentum warms up 250 times as fast as PyTorch's, and that cannot be changed.
_nadam_keras = variant(
    nadam,
    ("t * momentum_decay", "t"),
    ("(t + 1) * momentum_decay", "(t + 1)"),
    name="nadam_keras",
)

# optax warms up from lr 0 at the first step, and weighs that step as if it had been the second.
_schedule_free_optax = variant(
    schedule_free_adamw,
    ("state.z - gamma * (", "state.z - lr * minimum(1, (t - 1) / maximum(warmup, 1)) * ("),
    name="schedule_free_adamw_optax",
)

DIALECTS = {
    "keras": {
        "momentum": _momentum_keras,
        "nesterov": _nesterov_keras,
        "adagrad": _adagrad_inside,
        "rmsprop": _rmsprop_inside,
        "adam": _adam_keras,
        "amsgrad": _amsgrad_keras,
        "nadam": _nadam_keras,
    },
    "optax": {
        "momentum": momentum,
        "nesterov": nesterov,
        "adagrad": _adagrad_inside,
        "rmsprop": _rmsprop_inside,
        "adam": adam,
        "amsgrad": _amsgrad_optax,
        "nadam": _nadam_optax,
        "schedule_free_adamw": _schedule_free_optax,
    },
}

# What AdaGrad's ``init`` gets as ``initial_accumulator`` in Keras and optax; PyTorch's is 0.
INITIAL_ACCUMULATOR = 0.1
