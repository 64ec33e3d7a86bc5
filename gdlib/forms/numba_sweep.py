"""Many runs of a rule on an objective, each with its own hyperparameters, in one compiled loop."""

from typing import NamedTuple

import numpy as np

from gdlib.descent import LIMIT, descend, prepare
from gdlib.forms.fallback import warn_once
from gdlib.forms.numba_cache import load, require_numba
from gdlib.forms.numba_sweep_source import BLOCK, sweep_source
from gdlib.forms.numba_table import may_use_threads, one_at_a_time
from gdlib.forms.source import SourceError
from gdlib.forms.split import host_function, split_step
from gdlib.objective import Objective
from gdlib.rule import hyperparameters, init_parameters, short_name

PARALLEL_FROM = 1 << 14  # runs × steps


class Sweep(NamedTuple):
    """What a sweep of r runs returns; the names are those of ``gdlib.descent.History``.

    x: where each run ended, shape (r, d); of one that diverged the last point before it did.
    f: f there, shape (r,).
    diverged, stopped_at, stopped_value: shape (r,).
    path: f after each step, shape (steps + 1, r), or None where it was not asked for.
    """

    x: np.ndarray
    f: np.ndarray
    diverged: np.ndarray
    stopped_at: np.ndarray
    stopped_value: np.ndarray
    path: np.ndarray | None


def sweep(objective, x0, rule, steps, *, path=False, **hyper):
    """Take ``steps`` steps of ``rule`` on ``objective`` in each of r runs: ``descend``, compiled.

        sweep(rosenbrock, rosenbrock.start, adam, 500, lr=np.geomspace(1e-4, 1, 1000))

    Arguments: as of ``gdlib.descent.descend``, without mini-batches, and path, whether to keep f
    after each step. Runs share the processor's cores. A rule or an objective that cannot be
    compiled warns, once, and goes through ``descend``.

    Returns a Sweep. Raises as ``descend`` does, and ImportError without Numba.
    """
    require_numba()
    if np.ndim(x0) == 1 and not any(map(np.ndim, hyper.values())):
        x0 = [x0]
    try:
        return _compiled(objective, x0, rule, steps, path, hyper)
    except SourceError as error:
        warn_once(f"{short_name(rule)} on {objective.name} goes through descend: {error}", 2)
    run = descend(objective, x0, rule, steps, **hyper)
    last = run.x[-1], run.f[-1]
    return Sweep(*last, run.diverged, run.stopped_at, run.stopped_value, run.f if path else None)


def _compiled(objective, x0, rule, steps, path, hyper):
    if not isinstance(objective, Objective):
        raise SourceError(f"it is a {type(objective).__name__}, whose source cannot be read")
    x, constants, schedules = prepare(x0, rule, steps, hyper, ())
    state = rule.init(x, **{n: constants.pop(n) for n in init_parameters(rule) if n in constants})
    swept = {n: v for n, v in constants.items() if np.ndim(v)}
    source = sweep_source(rule, objective, tuple(sorted(swept)), LIMIT)
    one = {n: v.flat[0] if n in swept else v for n, v in constants.items()}
    shared = _shared(source, rule, state, one, schedules, steps)
    work = _blocks(source, rule, x, state, swept)
    values = np.array([*map(float, objective.parameters.values())])
    f = np.empty((steps + 1 if path else 0, len(x)))
    addresses = work.ctypes.data + work.strides[0] * np.arange(len(work))
    module = load(source.text)
    if len(x) * steps >= PARALLEL_FROM and may_use_threads():
        with one_at_a_time:
            module.run(addresses, shared, values, f)
    else:
        for block, address in enumerate(addresses):
            module.run_block(address, shared, values, f, block * BLOCK)
    rows = work.transpose(1, 0, 2).reshape(work.shape[1], -1)[:, : len(x)]

    def row(name):
        return rows[source.rows[name]]

    diverged = row("_inside") == 0
    if (diverged & (row("_stopped_at") == 0)).any():
        raise ValueError(f"f and its gradient must be finite at the start, got x0 = {x0}")
    last = row("_f")
    return Sweep(
        np.stack([row(("last", c)) for c in range(x.shape[1])], 1),
        last,
        diverged,
        np.where(diverged, row("_stopped_at"), steps).astype(int),
        np.where(diverged, row("_stopped_value"), last),
        f if path else None,
    )


def _shared(source, rule, state, hyper, schedules, steps):
    """The scalars that all runs have in common, (steps, scalars): followed once, by the host."""
    split, host = split_step(rule), host_function(rule)
    defaults = hyperparameters(rule)
    scalars = {n: getattr(state, n) for n in split.new_scalars}
    table = np.empty((steps, len(source.shared)))
    for t in range(steps):
        now = {**defaults, **hyper, **{n: schedule(t) for n, schedule in schedules.items()}}
        arguments = dict(zip(split.arguments, (*now.values(), *scalars.values()), strict=True))
        scalars, values = host(**arguments)
        known = arguments | dict(zip(split.scalars, values, strict=True))
        table[t] = [known[name] for name in source.shared]
    return table


def _blocks(source, rule, x, state, swept):
    """The matrices of all blocks, (blocks, rows, BLOCK); the last is filled up with run 0."""
    blocks = -(-len(x) // BLOCK)
    work = np.zeros((blocks, len(source.rows), BLOCK))
    which = np.arange(blocks * BLOCK)
    which[len(x) :] = 0

    def fill(name, values):
        values = np.broadcast_to(np.ravel(values), len(x))
        work[:, source.rows[name]] = values[which].reshape(blocks, BLOCK)

    for c in range(x.shape[1]):
        fill(("x", c), x[:, c])
        for name in split_step(rule).arrays:
            fill((name, c), getattr(state, name)[:, c])
    for name, values in swept.items():
        fill(name, values)
    for field, name in source.own_fields.items():
        fill(name, getattr(state, field))
    fill("_inside", 1.0)
    return work
