"""Make a ``torch.optim.Optimizer`` of a rule: the rule itself, called with tensors.

Where PyTorch has the same optimizer, state and hyperparameters go by PyTorch's names, so that
state dicts of ``torch.optim`` load and save both ways and schedulers that poke at ``momentum`` or
``betas`` (OneCycleLR) work.
"""

import importlib.util
import math

import torch

from gdlib.clip.parts import check_options
from gdlib.forms.fallback import warn_once
from gdlib.forms.pytorch_batch import Batches
from gdlib.forms.pytorch_names import PYTORCH, Names
from gdlib.forms.source import why_not_elementwise
from gdlib.rule import hyperparameters, init_parameters, short_name, state_kinds

# Name → module with ``torch_step(rule)``. What that returns is called once for each step, with
# (batches, max_norm, nonfinite): it updates the batches and returns the norm of all gradients
# before clipping, or None where max_norm is None. Where that norm is not finite it raises
# FloatingPointError naming a parameter or, with nonfinite="skip", leaves the batches as they are.
# Where it has a method ``settle``, the norm may be a tensor on the device: the batches' scalar
# state, errors and the number of steps left out come with that call.
IMPLEMENTATIONS = {
    "plain": "gdlib.forms.pytorch_plain",
    "numba": "gdlib.forms.numba_torch",
    "triton": "gdlib.forms.triton_step",
}

# Keys of PyTorch's groups that choose an implementation, not an algorithm.
_IMPLEMENTATION = ("foreach", "fused", "capturable", "differentiable")


def torch_optimizer(rule):
    """Return an Optimizer class that runs ``rule``, with the rule's hyperparameters as keywords.

    The class is called with an iterable of parameters or of groups, like those of ``torch.optim``;
    hyperparameters keep PyTorch's names where it has the rule (``betas``, ``momentum``) and the
    rule's own otherwise. A rule that PyTorch does not have, such as a variant, uses its own names.

    Further keywords: ``implementation``, one of IMPLEMENTATIONS or "auto", which is the fastest
    that the tensors allow; ``max_norm``, to which the norm of all gradients together is clipped
    before each step, None for no clipping, inf to measure; ``nonfinite``, what to do then with a
    gradient that is not finite: "raise", or "skip" the step; ``capturable``, as in ``torch.optim``,
    whether a CUDA graph may capture a step. The optimizer's ``norm`` is the last norm before
    clipping, its ``skipped`` the number of steps left out.

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

    def __init__(self, params, *, implementation="auto", max_norm=None, nonfinite="raise", **hyper):
        if implementation not in ("auto", *IMPLEMENTATIONS):
            known = ", ".join(map(repr, ("auto", *IMPLEMENTATIONS)))
            raise ValueError(f"implementation must be one of {known}, got {implementation!r}")
        check_options(nonfinite, **({} if max_norm is None else {"max_norm": max_norm}))
        defaults = {}
        for name, default in (*self.of_step.items(), *self.of_init.items()):
            key, index = self._place(name)
            defaults[key] = default if index is None else (*defaults.get(key, ()), default)
        unknown = sorted(set(hyper) - set(defaults) - {"capturable"})
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no argument {unknown[0]!r}; "
                f"it has: {', '.join(sorted(defaults))}"
            )
        self._batches, self._steps, self._chosen_for = Batches(self), {}, None
        self.implementation, self.max_norm, self.nonfinite = implementation, max_norm, nonfinite
        self.norm, self.skipped = None, 0
        super().__init__(params, {**self.names.fixed, **defaults, **hyper})
        for group in self.param_groups:
            self._check(group)
        if implementation != "auto":
            self._step_of(implementation)

    @torch.no_grad()
    def step(self, closure=None):
        """Take one step with the gradients in ``p.grad``; return the closure's loss, if given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        batches = self._batches.of_this_step()
        if batches:
            if batches is not self._chosen_for:
                auto = self.implementation == "auto"
                self._chosen = _automatic(batches) if auto else self.implementation
                self._chosen_for = batches
            step = self._step_of(self._chosen)
            self.norm = step(batches, self.max_norm, self.nonfinite)
            self._batches.remember()
            if isinstance(self.norm, float) and not math.isfinite(self.norm):
                self.skipped += 1
        return loss

    def check(self):
        """Wait for the device, so that ``skipped`` and scalars in ``state`` are up to date.

        Raises FloatingPointError for a gradient that was not finite, which clipping on a GPU finds
        without waiting: until then all steps are left out. ``state_dict`` checks, and a step does
        as soon as the device has answered.
        """
        for step in self._steps.values():
            if hasattr(step, "settle"):
                self.skipped += step.settle()

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
        scalars = [self.key_of(f) for f, kind in self.kinds.items() if kind == "scalar"]
        for p, i in zip(ours, theirs, strict=True):
            saved = state_dict["state"].get(i, {})
            kept = self.state[p] if saved else {}
            kept.update({k: torch.as_tensor(saved[k]) for k in scalars if k in saved})
            kept.update({k: v.to(p.device) for k, v in saved.items() if _is_wider(v, p)})
            # Steps change the state in place; what was loaded from stays as it is.
            kept.update({k: v.clone() for k, v in kept.items() if isinstance(v, torch.Tensor)})

    def state_dict(self):
        """The state dict of PyTorch, where each parameter has scalars of its own."""
        self.check()
        result = super().state_dict()
        scalars = {self.key_of(n) for n, kind in self.kinds.items() if kind == "scalar"} | {"step"}
        result["state"] = {
            i: {k: v.clone() if k in scalars else v for k, v in kept.items()}
            for i, kept in result["state"].items()
        }
        return result

    def add_param_group(self, group):
        """Add a group of parameters, as of ``torch.optim.Optimizer``."""
        super().add_param_group(group)
        self._batches.forget()

    def __getstate__(self):
        self.check()
        own = ("implementation", "max_norm", "nonfinite", "norm", "skipped")
        return super().__getstate__() | {name: getattr(self, name) for name in own}

    def __setstate__(self, state):
        self._batches, self._steps, self._chosen_for = Batches(self), {}, None
        super().__setstate__(state)

    def hyper_of(self, group):
        """The rule's hyperparameters out of a group, checked."""
        self._check(group)
        return self._values(group, self.of_step)

    def state_of(self, p, group):
        """A parameter's state, fresh if it has none, and PyTorch's count of steps or None."""
        if p.grad.is_sparse or p.is_complex():
            kind = "sparse gradients" if p.grad.is_sparse else "complex parameters"
            raise RuntimeError(
                f"{type(self).__name__} does not support {kind}; use dense real ones"
            )
        kept = self.state[p]
        steps = float(kept.get("step", 0)) if self.names.counts_steps else None
        if self._initialised(kept):
            return self._read(kept), steps
        return self.rule.init(p, **self._values(group, self.of_init)), steps

    def key_of(self, field):
        """PyTorch's name for a field of the state."""
        return self.names.state.get(field, field)

    def _step_of(self, name):
        """The step of an implementation, made once."""
        if name not in self._steps:
            module = importlib.import_module(IMPLEMENTATIONS[name])
            self._steps[name] = module.torch_step(self.rule)
        return self._steps[name]

    def _initialised(self, kept):
        return all(self.key_of(field) in kept for field in self.kinds)

    def _read(self, kept):
        fields = {}
        for field, kind in self.kinds.items():
            value = kept[self.key_of(field)]
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


def _automatic(batches):
    """The implementation to use where none is asked for."""
    if batches[0].parameters[0].device.type != "cuda":
        return "plain"
    reason = why_not_elementwise(batches[0].rule)
    if reason is None and importlib.util.find_spec("triton") is None:
        reason = "Triton is not installed"
    reason = reason or importlib.import_module(IMPLEMENTATIONS["triton"]).why_not(batches)
    if reason:
        warn_once(f"{short_name(batches[0].rule)} takes its steps without a fused kernel: {reason}")
    return "plain" if reason else "triton"


def _is_wider(value, p):
    """Whether a saved array has more digits than the parameter, as that of half precision has."""
    array = isinstance(value, torch.Tensor) and value.is_floating_point() and value.shape == p.shape
    return array and value.dtype.itemsize > p.dtype.itemsize
