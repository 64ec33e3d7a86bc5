"""Make a ``torch.optim.Optimizer`` of a rule: the rule itself, called with tensors.

Where PyTorch has the same optimizer, state and hyperparameters go by PyTorch's names, so that
state dicts of ``torch.optim`` load and save both ways and schedulers that poke at ``momentum`` or
``betas`` (OneCycleLR) work.
"""

import math

import torch

from gdlib.forms.pytorch_names import PYTORCH, Names
from gdlib.rule import hyperparameters, init_parameters, short_name, state_kinds

# Keys of PyTorch's groups that choose an implementation, not an algorithm.
_IMPLEMENTATION = ("foreach", "fused", "capturable", "differentiable")


def torch_optimizer(rule):
    """Return an Optimizer class that runs ``rule``, with the rule's hyperparameters as keywords.

    The class is called with an iterable of parameters or of groups, like those of ``torch.optim``;
    hyperparameters keep PyTorch's names where it has the rule (``betas``, ``momentum``) and the
    rule's own otherwise. A rule that PyTorch does not have, such as a variant, uses its own names.

    >>> optimizer = torch_optimizer(adam)(model.parameters(), lr=1e-3, betas=(0.9, 0.99))
    """
    short = short_name(rule)
    members = {
        "rule": rule,
        "names": Names() if hasattr(rule, "variant_of") else PYTORCH.get(short, Names()),
        "of_step": hyperparameters(rule),
        "of_init": init_parameters(rule),
        "kinds": state_kinds(rule),
        "__doc__": f"``gdlib.optim.{short}`` as a torch optimizer.\n\n{rule.__doc__}",
    }
    class_name = "".join(word.capitalize() for word in short.split("_"))
    return type(class_name, (RuleOptimizer,), members)


class RuleOptimizer(torch.optim.Optimizer):
    """A torch optimizer that runs a rule; subclasses made by ``torch_optimizer`` say which."""

    def __init__(self, params, **hyper):
        defaults = {}
        for name, default in (*self.of_step.items(), *self.of_init.items()):
            key, index = self._place(name)
            defaults[key] = default if index is None else (*defaults.get(key, ()), default)
        unknown = sorted(set(hyper) - set(defaults))
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {unknown[0]!r}; "
                f"it has: {', '.join(sorted(defaults))}"
            )
        super().__init__(params, {**self.names.fixed, **defaults, **hyper})
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
            hyper = self._values(group, self.of_step)
            for p in group["params"]:
                if p.grad is not None:
                    self._step_parameter(p, hyper, group)
        return loss

    def load_state_dict(self, state_dict):
        """Load a state dict of this class or of the torch optimizer that has the same rule.

        Raises ValueError when it asks for something that the rule does not do, for example a
        weight decay; nothing is loaded then.
        """
        for group in state_dict["param_groups"]:
            self._refuse_foreign(group)
        super().load_state_dict(state_dict)
        # PyTorch casts what it loads to the parameters' dtype; a scalar would lose digits there.
        ours = (p for group in self.param_groups for p in group["params"])
        theirs = (i for group in state_dict["param_groups"] for i in group["params"])
        scalars = [self.names.state.get(f, f) for f, kind in self.kinds.items() if kind == "scalar"]
        for p, i in zip(ours, theirs, strict=True):
            saved = state_dict["state"].get(i, {})
            self.state[p].update({k: torch.as_tensor(saved[k]) for k in scalars if k in saved})

    def _step_parameter(self, p, hyper, group):
        if p.grad.is_sparse or p.is_complex():
            kind = "sparse gradients" if p.grad.is_sparse else "complex parameters"
            raise RuntimeError(
                f"{type(self).__name__} does not support {kind}; use dense real ones"
            )
        kept = self.state[p]
        if self._initialised(kept):
            state = self._read(kept)
        else:
            state = self.rule.init(p, **self._values(group, self.of_init))
        x, state = self.rule.step(p, p.grad, state, **hyper)
        p.copy_(x)
        for field, kind in self.kinds.items():
            value = getattr(state, field)
            # PyTorch keeps its scalars as tensors on the CPU; so do we, to be readable there.
            kept[self.names.state.get(field, field)] = (
                value if kind == "array" else torch.tensor(float(value), dtype=torch.float64)
            )
        if self.names.counts_steps:
            kept["step"] = torch.tensor(float(kept.get("step", 0)) + 1)

    def _initialised(self, kept):
        return all(self.names.state.get(field, field) in kept for field in self.kinds)

    def _read(self, kept):
        fields = {}
        for field, kind in self.kinds.items():
            value = kept[self.names.state.get(field, field)]
            whole = self.rule.State.__annotations__[field] is int
            fields[field] = value if kind == "array" else (int if whole else float)(value)
        return self.rule.State(**fields)

    def _place(self, name):
        return self.names.groups.get(name, (name, None))

    def _values(self, group, defaults):
        """The rule's hyperparameters out of a group, each of its default's kind."""
        values = {}
        for name, default in defaults.items():
            key, index = self._place(name)
            value = group[key] if index is None else group[key][index]
            values[name] = value if isinstance(default, int) else float(value)
        return values

    def _check(self, group):
        self._refuse_foreign(group)
        for name, value in self._values(group, self.of_step).items():
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
