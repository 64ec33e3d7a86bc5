"""What one step of a torch optimizer works on: parameters that go the same way, together."""

from dataclasses import dataclass
from itertools import chain
from operator import is_
from typing import Any

import numpy as np
import torch

from gdlib.forms.split import host_step

_POINTER = torch.Tensor.data_ptr


@dataclass(eq=False)
class Batch:
    """Parameters of one group, dtype and device, whose scalar state is the same.

    An implementation of the step changes ``parameters`` and ``arrays`` in place, and replaces the
    scalar state through ``advance``.

    names: what an error calls the parameters.
    parameters, gradients: tensors, of one shape each; the gradients are those of this step.
    pointers: the parameters' addresses.
    arrays: field of the state → a tensor for each parameter.
    states: each parameter's state in the optimizer, by PyTorch's names, which are in ``keys``.
    scalars: field of the state → number.
    hyper: the rule's hyperparameters, in its order.
    capturable: whether a CUDA graph may capture the step.
    """

    rule: Any
    names: list[str]
    parameters: list[torch.Tensor]
    gradients: list[torch.Tensor]
    pointers: list[int]
    arrays: dict[str, list[torch.Tensor]]
    states: list[dict[str, torch.Tensor]]
    keys: dict[str, str]
    scalars: dict[str, float]
    hyper: dict[str, float]
    capturable: bool
    kept: dict[str, np.ndarray]  # views of the scalars that the optimizer's state holds

    def host(self):
        """The host's part of an elementwise rule's step: (new scalar state, scalars)."""
        return host_step(self.rule, self.hyper, self.scalars)

    def advance(self, scalars, steps=1):
        """Replace the scalar state, field → number, after so many steps."""
        self.scalars = scalars
        for field, value in scalars.items():
            self.kept[field][()] = value
        if "step" in self.kept and "step" not in scalars:
            self.kept["step"] += steps


class Batches:
    """The batches of an optimizer's step, kept from one step to the next while they hold."""

    def __init__(self, optimizer):
        self.optimizer, self.batches = optimizer, None

    def forget(self):
        """Gather anew at the next step: groups or state were replaced."""
        self.batches = None

    def of_this_step(self):
        """The batches with this step's gradients and hyperparameters."""
        if self.batches is None or self.values is None or not self._hold():
            self.optimizer.check()
            self._gather()
        return self.batches

    def remember(self):
        """Note what the optimizer's state holds after the first step with these batches."""
        if self.values is None:
            self.values = self._values()

    def _values(self):
        return list(chain.from_iterable(map(dict.values, self.optimizer.state.values())))

    def _hold(self):
        """Take up what is new in this step; False if the parameters must be sorted anew."""
        optimizer = self.optimizer
        if any(p.grad is not None for p in self.idle):
            return False
        params = [p for group in optimizer.param_groups for p in group["params"]]
        if not (_same(params, self.params) and _same(self._values(), self.values)):
            return False
        for i, group in enumerate(optimizer.param_groups):
            settings = _settings(group)
            if settings != self.settings[i] or self.by_tensor[i]:
                self._read_hyper(i, group)
        for batch, i in zip(self.batches, self.groups, strict=True):
            batch.hyper = self.hyper[i]
            batch.gradients = [p.grad for p in batch.parameters]
            if type(None) in map(type, batch.gradients):
                return False
            if list(map(_POINTER, batch.parameters)) != batch.pointers:
                return False
        return True

    def _read_hyper(self, i, group):
        self.hyper[i] = self.optimizer.hyper_of(group)
        self.settings[i] = _settings(group)
        self.by_tensor[i] = any(isinstance(v, torch.Tensor) for v in self.settings[i])

    def _gather(self):
        optimizer = self.optimizer
        groups = optimizer.param_groups
        self.hyper, self.settings, self.by_tensor = ([None] * len(groups) for _ in range(3))
        self.idle, found = [], {}
        for i, group in enumerate(groups):
            self._read_hyper(i, group)
            for k, p in enumerate(group["params"]):
                name = group["param_names"][k] if "param_names" in group else f"parameter {k}"
                if len(groups) > 1:
                    name += f" of group {i}"
                if p.grad is None:
                    self.idle.append(p)
                    continue
                state, steps = optimizer.state_of(p, group)
                scalars = {n: getattr(state, n) for n, k in optimizer.kinds.items() if k != "array"}
                key = (i, p.dtype, p.device, *scalars.values(), steps)
                found.setdefault(key, (scalars, steps, []))[-1].append((name, p, state))
        self.groups = [key[0] for key in found]
        self.batches = [
            self._batch(i, *members) for i, members in zip(self.groups, found.values(), strict=True)
        ]
        self.params = [p for group in groups for p in group["params"]]
        self.values = None

    def _batch(self, i, scalars, steps, members):
        """One batch; its parameters share the tensors of their scalar state."""
        optimizer = self.optimizer
        # PyTorch keeps its scalars as tensors on the CPU; so do we, to be readable there.
        shared = {n: torch.tensor(float(v), dtype=torch.float64) for n, v in scalars.items()}
        if steps is not None:
            shared["step"] = torch.tensor(float(steps))
        arrays = {n: [] for n, kind in optimizer.kinds.items() if kind == "array"}
        for _, p, state in members:
            for field, tensors in arrays.items():
                tensors.append(getattr(state, field))
            fields = {**{n: a[-1] for n, a in arrays.items()}, **shared}
            optimizer.state[p].update({optimizer.key_of(n): v for n, v in fields.items()})
        names, parameters, _ = zip(*members, strict=True)
        return Batch(
            rule=optimizer.rule,
            names=list(names),
            parameters=list(parameters),
            gradients=[p.grad for p in parameters],
            pointers=list(map(_POINTER, parameters)),
            arrays=arrays,
            states=[optimizer.state[p] for p in parameters],
            keys={field: optimizer.key_of(field) for field in optimizer.kinds},
            scalars=scalars,
            hyper=self.hyper[i],
            capturable=optimizer.param_groups[i].get("capturable", False),
            kept={n: tensor.numpy() for n, tensor in shared.items()},
        )


def _same(ours, theirs):
    """Whether two lists hold the same objects; tensors are not to be compared by ==."""
    return len(ours) == len(theirs) and all(map(is_, ours, theirs))


def _settings(group):
    return [value for key, value in group.items() if key != "params"]
