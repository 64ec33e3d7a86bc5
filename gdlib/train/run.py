"""A run's moving parts: parameters, the rule's state, schedules, random states, history."""

import numpy as np

from gdlib.forms.numba_loop import fused_step
from gdlib.forms.source import why_not_elementwise
from gdlib.rule import hyperparameters, init_parameters, short_name
from gdlib.train import checkpoint


class Run:
    """Everything that a step reads and changes; can be saved, and restored bit for bit."""

    def __init__(self, net, data, rule, hyper, history, form="plain"):
        self.net, self.data, self.rule, self.history = net, data, rule, history
        own = hyperparameters(rule)
        self.schedules = {k: v for k, v in hyper.items() if callable(v) and k in own}
        self.constants = {k: v for k, v in hyper.items() if k in own and k not in self.schedules}
        self.first = {k: v for k, v in hyper.items() if k in init_parameters(rule)}
        # LAMB and Muon look at a tensor as a whole, so each parameter is a vector of its own.
        whole = why_not_elementwise(rule) is None
        self.parts = [net.theta] if whole else [p.data for p in net.parameters.values()]
        self.split = (lambda g: [g]) if whole else (lambda g: net.parameters.split(g).values())
        self.fused = fused_step(rule) if form == "numba" else None
        self._hold([rule.init(x, **self.first) for x in self.parts])
        sizes = [p.size for p in net.parameters.values()]
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.taken = 0

    def norms(self, vector):
        """Euclidean norm of each parameter's part of a flat vector, in float64."""
        # In float32 the squares of 1e20 overflow and those of 1e-23 vanish.
        return np.sqrt(np.add.reduceat(np.square(vector, dtype=np.float64), self.starts))

    def step(self, g):
        """One step of the rule; notes its learning rate and the ratio of update to weight."""
        now = {name: schedule(self.taken) for name, schedule in self.schedules.items()}
        hyper = {**self.constants, **now}
        before = self.net.theta.copy()
        for i, (x, part) in enumerate(zip(self.parts, self.split(g), strict=True)):
            if self.fused:
                self.fused(x, part, self.held[i], **hyper)
                self.states[i] = self.held[i][0]
            else:
                x[...], self.states[i] = self.rule.step(x, part, self.states[i], **hyper)
        self.taken += 1
        lr = hyper.get("lr", hyperparameters(self.rule).get("lr"))
        self.history.lr.append(lr if np.ndim(lr) == 0 else np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = self.norms(self.net.theta - before) / self.norms(before)
        self.history.update_ratios.append(np.where(np.isfinite(ratios), ratios, np.nan))

    def _hold(self, states):
        """Take over the rule's states; ``held`` is where the compiled step keeps them."""
        self.states = states
        if self.fused:
            pairs = zip(self.parts, states, strict=True)
            self.held = [self.fused.init(x, states=state) for x, state in pairs]

    def save(self, path):
        """Write the run to a file."""
        history = vars(self.history) | {
            name: np.array(getattr(self.history, name)) for name in self.history.PER_STEP
        }
        checkpoint.save(
            path,
            {
                "settings": self._settings(),
                "net": self.net.state_dict(),
                "rng": self.net.rng.bit_generator.state,
                "data": self.data.state(),
                "states": [[np.asarray(value) for value in state] for state in self.states],
                "schedules": {
                    name: vars(schedule)
                    for name, schedule in self.schedules.items()
                    if hasattr(schedule, "update")
                },
                "taken": self.taken,
                "history": history,
            },
        )

    def restore(self, path):
        """Take over a saved run. Raises ValueError where it was made with other settings."""
        saved = checkpoint.load(path)
        if saved["settings"] != self._settings():
            raise ValueError(
                f"{path} was made with {saved['settings']}, this call has {self._settings()}; "
                "pass the same arguments, or remove the file"
            )
        self.net.load_state_dict(saved["net"])
        self.net.rng.bit_generator.state = saved["rng"]
        self.data.restore(saved["data"])
        self._hold(
            [
                type(fresh)(*(_like(value, old) for value, old in zip(state, fresh, strict=True)))
                for state, fresh in zip(saved["states"], self.states, strict=True)
            ]
        )
        for name, state in saved["schedules"].items():
            vars(self.schedules[name]).update(state)
        self.taken = saved["taken"]
        vars(self.history).update(saved["history"])
        self.history.to_lists()

    def _settings(self):
        """What must be the same for a run to go on: rule, constants, parameters."""
        constants = {k: np.asarray(v).tolist() for k, v in {**self.constants, **self.first}.items()}
        return {
            "rule": short_name(self.rule),
            "constants": constants,
            "schedules": sorted(self.schedules),
            "parameters": {name: list(p.shape) for name, p in self.net.parameters.items()},
        }


def _like(value, old):
    """A saved number as the kind that the rule's state has: int, float or array."""
    return value if isinstance(old, np.ndarray) else type(old)(value.item())
