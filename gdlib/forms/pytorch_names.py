"""How PyTorch calls what a rule has: one table, filled up from ``torch.optim`` itself."""

from dataclasses import dataclass, field
from functools import cached_property

import torch


@dataclass(frozen=True)
class Names:
    """PyTorch's names for one rule.

    optimizer: the class of ``torch.optim`` that has the rule, or None.
    state: field of State → key in the optimizer's state.
    groups: hyperparameter, also of init → key in a parameter group, and the index in a tuple there.
    settings: the arguments that make the class this rule.
    """

    optimizer: type | None = None
    state: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)

    @cached_property
    def fixed(self):
        """What PyTorch's groups hold besides, with the only value that the rule allows."""
        if self.optimizer is None:
            return {}
        defaults = self.optimizer([torch.zeros(1, 1)], **self.settings).defaults
        ours = {"lr", *(key for key, _ in self.groups.values())}
        return {key: value for key, value in defaults.items() if key not in ours}

    @cached_property
    def counts_steps(self):
        """Whether PyTorch keeps a step count that the rule does without."""
        if self.optimizer is None or "step" in self.state.values():
            return False
        x = torch.zeros(1, 1, requires_grad=True)
        x.grad = torch.zeros(1, 1)
        optimizer = self.optimizer([x], **self.settings)
        optimizer.step()
        return "step" in optimizer.state[x]


_BETAS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}
_MOMENTUM = {"beta": ("momentum", None)}
_ADAM = {"m": "exp_avg", "v": "exp_avg_sq", "t": "step"}
_OPTIM = torch.optim


def _adam(optimizer, state=None, groups=None, **settings):
    groups = {**_BETAS, "eps": ("eps", None), **(groups or {})}
    return Names(optimizer, {**_ADAM, **(state or {})}, groups, settings)


def _sgd(**settings):
    return Names(_OPTIM.SGD, {"v": "momentum_buffer"}, _MOMENTUM, {"momentum": 0.9, **settings})


def _rmsprop(**settings):
    state = {"m": "grad_avg", "v": "square_avg"}
    groups = {"rho": ("alpha", None), "eps": ("eps", None)}
    return Names(_OPTIM.RMSprop, state, groups, settings)


PYTORCH = {
    "gradient_descent": Names(_OPTIM.SGD),
    "momentum": _sgd(),
    "nesterov": _sgd(nesterov=True),
    "adagrad": Names(
        _OPTIM.Adagrad,
        {"v": "sum"},
        {"eps": ("eps", None), "initial_accumulator": ("initial_accumulator_value", None)},
    ),
    "rmsprop": _rmsprop(),
    "rmsprop_centered": _rmsprop(centered=True),
    "adadelta": Names(
        _OPTIM.Adadelta,
        {"v": "square_avg", "a": "acc_delta"},
        {"rho": ("rho", None), "eps": ("eps", None)},
    ),
    "adam": _adam(_OPTIM.Adam),
    "amsgrad": _adam(_OPTIM.Adam, {"u": "max_exp_avg_sq"}, amsgrad=True),
    "adamax": _adam(_OPTIM.Adamax, {"u": "exp_inf"}),
    "nadam": _adam(
        _OPTIM.NAdam,
        {"mu_product": "mu_product"},
        {"momentum_decay": ("momentum_decay", None)},
    ),
    "radam": _adam(_OPTIM.RAdam),
    "adamw": _adam(_OPTIM.AdamW, groups={"weight_decay": ("weight_decay", None)}),
    "rprop": Names(
        _OPTIM.Rprop,
        {"h": "prev", "d": "step_size", "t": "step"},
        {
            "eta_minus": ("etas", 0),
            "eta_plus": ("etas", 1),
            "d_min": ("step_sizes", 0),
            "d_max": ("step_sizes", 1),
        },
    ),
    "muon": Names(
        _OPTIM.Muon,
        {"b": "momentum_buffer"},
        {
            **_MOMENTUM,
            "weight_decay": ("weight_decay", None),
            "nesterov": ("nesterov", None),
            "iterations": ("ns_steps", None),
        },
    ),
}
