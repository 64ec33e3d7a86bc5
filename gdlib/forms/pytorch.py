"""Make a ``torch.optim.Optimizer`` of a rule: the rule itself, called with tensors.

Where PyTorch has the same optimizer, state and hyperparameters go by PyTorch's names, so that
state dicts of ``torch.optim`` load and save both ways and schedulers that poke at ``momentum`` or
``betas`` (OneCycleLR) work.
"""

import math
from typing import NamedTuple

import torch

from gdlib.forms.source import read_step


class Names(NamedTuple):
    """How PyTorch calls what a rule has."""

    state: dict[str, str]  # field of State → key in the optimizer's state
    groups: dict[str, tuple[str, int | None]]  # hyperparameter → key, index in the tuple there
    fixed: dict[str, object]  # what PyTorch's groups hold besides and the rule does not have


_PLAIN = {"weight_decay": 0, "maximize": False, "foreach": None, "differentiable": False}
_SGD = {**_PLAIN, "dampening": 0, "nesterov": False, "fused": None}
_ADAM = {**_PLAIN, "amsgrad": False, "capturable": False, "fused": None}
_ADAM["decoupled_weight_decay"] = False
_BETAS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}

PYTORCH = {
    "gradient_descent": Names({}, {}, {**_SGD, "momentum": 0}),
    "momentum": Names({"v": "momentum_buffer"}, {"beta": ("momentum", None)}, _SGD),
    "adam": Names({"m": "exp_avg", "v": "exp_avg_sq", "t": "step"}, _BETAS, _ADAM),
}
# Keys of ``fixed`` that choose an implementation, not an algorithm: any value may be loaded.
_IMPLEMENTATION = ("foreach", "fused", "capturable", "differentiable")


def torch_optimizer(rule):
    """Return an Optimizer class that runs ``rule``, with the rule's hyperparameters as keywords.

    The class is called with an iterable of parameters or of groups, like those of ``torch.optim``;
    hyperparameters keep PyTorch's names where it has the rule (``betas``, ``momentum``) and the
    rule's own otherwise. A rule that PyTorch does not have, such as a variant, uses its own names.

    >>> optimizer = torch_optimizer(adam)(model.parameters(), lr=1e-3, betas=(0.9, 0.99))
    """
    short = rule.__name__.rpartition(".")[2]
    program = read_step(rule)
    plain = Names({}, {}, {})
    members = {
        "rule": rule,
        "names": plain if hasattr(rule, "variant_of") else PYTORCH.get(short, plain),
        "program": program,
        "__doc__": f"``gdlib.optim.{short}`` as a torch optimizer.\n\n{rule.__doc__}",
    }
    class_name = "".join(word.capitalize() for word in short.split("_"))
    return type(class_name, (RuleOptimizer,), members)


class RuleOptimizer(torch.optim.Optimizer):
    """A torch optimizer that runs a rule; subclasses made by ``torch_optimizer`` say which."""

    def __init__(self, params, **hyper):
        defaults = dict(self.names.fixed)
        for name, default in self.program.parameters.items():
            key, index = self.names.groups.get(name, (name, None))
            defaults[key] = default if index is None else (*defaults.get(key, ()), default)
        allowed = set(defaults) - set(self.names.fixed)
        unknown = sorted(set(hyper) - allowed)
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {unknown[0]!r}; "
                f"it has: {', '.join(sorted(allowed))}"
            )
        super().__init__(params, {**defaults, **hyper})
        for group in self.param_groups:
            self._check(group)

    @torch.no_grad()
    def step(self, closure=None):
        """Take one step with the gradients in ``p.grad``; return the closure's loss, if given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            self._check(group)
            hyper = self._hyper(group)
            for p in group["params"]:
                if p.grad is not None:
                    self._step_parameter(p, hyper)
        return loss

    def load_state_dict(self, state_dict):
        """Load a state dict of this class or of the torch optimizer that has the same rule.

        Raises ValueError when it asks for something that the rule does not do, for example a
        weight decay; nothing is loaded then.
        """
        for group in state_dict["param_groups"]:
            self._refuse_foreign(group)
        super().load_state_dict(state_dict)

    def _step_parameter(self, p, hyper):
        if p.grad.is_sparse or p.is_complex():
            kind = "sparse gradients" if p.grad.is_sparse else "complex parameters"
            raise RuntimeError(
                f"{type(self).__name__} does not support {kind}; use dense real ones"
            )
        kept = self.state[p]
        state = self._read(kept) if kept else self.rule.init(p)
        x, state = self.rule.step(p, p.grad, state, **hyper)
        p.copy_(x)
        for field, kind in self.program.state.items():
            value = getattr(state, field)
            key = self.names.state.get(field, field)
            # PyTorch keeps its scalars as float32 tensors on the CPU; so do we, to be readable.
            kept[key] = value if kind == "array" else torch.tensor(float(value))

    def _read(self, kept):
        fields = {}
        for field, kind in self.program.state.items():
            value = kept[self.names.state.get(field, field)]
            whole = self.rule.State.__annotations__[field] is int
            fields[field] = value if kind == "array" else (int if whole else float)(value)
        return self.rule.State(**fields)

    def _hyper(self, group):
        values = {}
        for name in self.program.parameters:
            key, index = self.names.groups.get(name, (name, None))
            values[name] = float(group[key] if index is None else group[key][index])
        return values

    def _check(self, group):
        self._refuse_foreign(group)
        for name, value in self._hyper(group).items():
            if not math.isfinite(value) or value < 0:
                raise ValueError(f"{name} must be finite and not negative, got {value}")

    def _refuse_foreign(self, group):
        """Refuse what the rule does not do: asked for by a state dict, or set by a scheduler."""
        for key, value in self.names.fixed.items():
            given = group.get(key, value)
            if key not in _IMPLEMENTATION and given != value:
                raise ValueError(
                    f"{type(self).__name__} does not have {key}={given!r}, only {key}={value!r}; "
                    f"leave it alone or use a rule that has it"
                )
