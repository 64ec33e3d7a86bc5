"""Descend an objective with a rule: one run, or thousands at once by broadcasting."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from gdlib.objective import Objective
from gdlib.rule import hyperparameters, init_parameters, short_name

# A run whose coordinates pass this has diverged: no objective of the course lives out there, and
# stopping here keeps squares and fourth powers of x finite.
LIMIT = 1e12


@dataclass(frozen=True, eq=False)
class History:
    """What a descent went through; index 0 is the start.

    For one run x and g have shape (k + 1, d) and f (k + 1,), k being the steps taken; a run that
    diverged keeps the steps before it did. For r runs at once the shapes are (steps + 1, r, d)
    and (steps + 1, r); a run that diverged stands still from there on.

    diverged: whether it did, a bool or (r,) bools.
    stopped_at: the step that led out of bounds, or else the number of steps; int or (r,) ints.
    stopped_value: f where the run stopped, out of bounds if it diverged; float or (r,) floats.
    """

    objective: Objective
    rule: ModuleType
    hyper: dict[str, Any]
    x: np.ndarray
    f: np.ndarray
    g: np.ndarray
    diverged: Any
    stopped_at: Any
    stopped_value: Any

    def steps_to(self, target):
        """Steps until f is at most ``target``: a whole number, or inf where that never happens.

        For many runs at once an array of shape (r,).
        """
        reached = self.f <= target
        steps = np.where(reached.any(0), reached.argmax(0), np.inf)
        if self.f.ndim > 1:
            return steps
        return int(steps) if np.isfinite(steps) else np.inf

    def __repr__(self):
        name = short_name(self.rule)
        if self.f.ndim > 1:
            runs = f"{self.f.shape[1]} runs, {int(self.diverged.sum())} diverged"
            return f"<History of {name} on {self.objective.name}: {runs}>"
        end = f"{len(self.f) - 1} steps, f = {self.f[-1]:.3g}"
        if self.diverged:
            end = f"diverged at step {self.stopped_at} with f = {self.stopped_value:.3g}"
        return f"<History of {name} on {self.objective.name}: {end}>"


def descend(objective, x0, rule, steps, *, batch_size=None, seed=None, **hyper):
    """Take ``steps`` steps of ``rule`` on ``objective`` from ``x0``.

    Arguments
    ---------
    objective: an Objective, or anything with ``value(x)``, ``gradient(x)`` and ``name``.
    x0: the start, shape (d,); or r starts, shape (r, d).
    rule: a module of ``gdlib.optim`` or a variant.
    steps: how many, at least 1.
    batch_size, seed: for an objective made of samples, follow mini-batch gradients; both or none.
        A seed is a whole number; an array of r seeds gives each of r runs batches of its own.
    hyper: the rule's hyperparameters by name, and those of its ``init``. Each is a number; an
        array of r numbers (r runs at once); or, unless it is init's, a schedule, a function from
        the number of steps taken (0, 1, …) to a number.

    Returns a History. A run has diverged when x, f or g is not finite or some |x_i| > 1e12.

    Raises TypeError for an unknown hyperparameter, ValueError for values that make no sense.
    """
    x, hyper, schedules = prepare(x0, rule, steps, hyper, np.shape(seed))
    given = {**hyper, **schedules}
    gradient = _gradient_source(objective, batch_size, seed)
    runs = x.shape[:-1]
    # Components first in memory: with thousands of runs each operation walks one long row.
    xs, gs = (np.moveaxis(np.empty((steps + 1, x.shape[-1], *runs)), 1, -1) for _ in range(2))
    fs = np.empty((steps + 1, *runs))
    stopped_at, stopped_value = np.full(runs, steps), np.full(runs, np.nan)
    frozen = np.zeros(runs, bool)
    state = rule.init(
        x, **{name: hyper.pop(name) for name in init_parameters(rule) if name in hyper}
    )
    with np.errstate(all="ignore"):
        for t in range(steps + 1):
            f, g = objective.value(x), gradient(x)
            leaving = ~(frozen | _in_bounds(x, f, g))
            if leaving.any():
                if t == 0:
                    raise ValueError(
                        f"f and its gradient must be finite at the start, got x0 = {x0}"
                    )
                frozen = frozen | leaving
                stopped_at = np.where(leaving, t, stopped_at)
                stopped_value = np.where(leaving, f, stopped_value)
                if not runs:
                    xs, fs, gs = xs[:t], fs[:t], gs[:t]
                    break
            if frozen.any():
                x, g = (np.where(frozen[:, None], a[t - 1], b) for a, b in ((xs, x), (gs, g)))
                f = np.where(frozen, fs[t - 1], f)
            xs[t], fs[t], gs[t] = x, f, g
            if t < steps:
                now = {name: schedule(t) for name, schedule in schedules.items()}
                x, state = rule.step(x, g, state, **hyper, **now)
    stopped_value = np.where(frozen, stopped_value, fs[-1])
    ends = (frozen, stopped_at, stopped_value)
    if not runs:
        ends = tuple(end.item() for end in ends)
    return History(objective, rule, given, xs, fs, gs, *ends)


def _in_bounds(x, f, g):
    """Which runs are still at a place where they can go on."""
    return np.isfinite(f) & np.isfinite(g).all(-1) & (np.abs(x) <= LIMIT).all(-1)


def grid(**axes):
    """Hyperparameters of a sweep over every combination of the given values.

    >>> grid(lr=[0.1, 0.2], beta=[0.0, 0.9])
    {'lr': array([0.1, 0.2, 0.1, 0.2]), 'beta': array([0. , 0. , 0.9, 0.9])}
    """
    values = np.meshgrid(*axes.values(), indexing="xy")
    return {name: value.ravel() for name, value in zip(axes, values, strict=True)}


def prepare(x0, rule, steps, hyper, runs):
    """Check the arguments; return x (d,) or (r, d), constant hyperparameters, schedules.

    runs: () or (r,), the shape of the seeds.
    """
    if not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps must be a whole number of at least 1, got {steps!r}")
    x = np.asarray(x0, dtype=float)
    if x.ndim not in (1, 2):
        raise ValueError(f"x0 must have shape (d,) or (r, d), got {x.shape}")
    known = [*hyperparameters(rule), *init_parameters(rule)]
    schedules, constants = {}, {}
    for name, value in hyper.items():
        if name not in known:
            raise TypeError(f"{short_name(rule)} has no hyperparameter {name!r}; it has: {known}")
        if callable(value) and name in hyperparameters(rule):
            schedules[name] = value
            continue
        array = np.asarray(value, dtype=float)
        if not np.isfinite(array).all() or (name == "lr" and (array < 0).any()):
            raise ValueError(f"{name} must be finite, and lr not negative, got {value}")
        constants[name] = float(array) if array.ndim == 0 else array.reshape(-1, 1)
    counts = {len(v) for v in constants.values() if not isinstance(v, float)}
    counts |= {*x.shape[:-1], *runs}
    if len(counts) > 1:
        raise ValueError(f"all swept arguments must have one length, got {sorted(counts)}")
    shape = (*counts, x.shape[-1])
    return np.array(np.broadcast_to(x, shape), order="F"), constants, schedules


def _gradient_source(objective, batch_size, seed):
    """The exact gradient, or the gradient of the next mini-batch at each call."""
    if (batch_size is None) != (seed is None):
        raise ValueError(f"give batch_size and seed together, got {batch_size=}, {seed=}")
    if batch_size is None:
        return objective.gradient
    if not hasattr(objective, "batch_gradient"):
        raise TypeError(f"{objective.name} is not made of samples; leave batch_size out")
    if np.ndim(seed) == 0:
        batches = objective.batches(batch_size, seed)
        return lambda x: objective.batch_gradient(x, next(batches))
    # Runs of one seed share their batches.
    seeds, which = np.unique(seed, return_inverse=True)
    sources = [objective.batches(batch_size, each) for each in seeds]
    return lambda x: objective.batch_gradient(x, np.stack([next(s) for s in sources])[which])
