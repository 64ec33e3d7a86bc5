"""A rule's step as one compiled loop over memory: for NumPy arrays and tensors on a CPU.

All arrays of a step go through one call, shared among threads where they are large. x and the
state change in place; clipping to a global norm costs one more pass over the gradients and is
otherwise part of the loop. Needs Numba: pip install "gdlib[fast]".

    step = fused_step(adam)
    state = step.init(x)
    step(x, g, state, lr=1e-3)
"""

from gdlib.clip import by_global_norm
from gdlib.clip.parts import check_options
from gdlib.forms.fallback import warn_once
from gdlib.forms.numba_cache import require_numba
from gdlib.forms.numba_state import FusedState, as_array
from gdlib.forms.numba_table import clip_factors
from gdlib.forms.source import why_not_elementwise
from gdlib.rule import hyperparameters, short_name


def cannot_fuse(rule):
    """Whether a rule is no loop over components; warns, once for each rule, saying why."""
    reason = why_not_elementwise(rule)
    if reason:
        warn_once(f"{short_name(rule)} has no fused form and is stepped plainly: {reason}", 4)
    return reason is not None


def fused_step(rule):
    """The step of ``rule``, compiled into one loop; see ``FusedStep``.

    Raises ImportError without Numba. A rule that is not elementwise (LAMB, Muon) warns, once, and
    is stepped plainly with the same interface.
    """
    require_numba()
    return FusedStep(rule)


class FusedStep:
    """A step that changes x and the state in place: ``step(x, g, state, lr=…)``."""

    def __init__(self, rule):
        self.rule, self.fused = rule, not cannot_fuse(rule)
        self.defaults = hyperparameters(rule)

    def init(self, x, states=None, **init):
        """The state before the first step.

        Arguments: x, an array or a list; states, the ``rule.State`` to start from instead of a
        fresh one, for a list one each; init, what the rule's ``init`` takes.
        """
        xs = [as_array(a) for a in _listed(x)]
        if states is None:
            states = [self.rule.init(a, **init) for a in xs]
        states = [states] if isinstance(states, self.rule.State) else states
        if len(states) != len(xs):
            raise ValueError(f"{len(xs)} arrays need as many states, got {len(states)}")
        return FusedState(self.rule, xs, states)

    def __call__(self, x, g, state, *, max_norm=None, nonfinite="raise", **hyper):
        """Take one step in place.

        Arguments
        ---------
        x: an array or a tensor, or a list of them; float32 or float64, each contiguous.
        g: gradients in the same form; None in a list leaves that x and its state as they are.
        state: from ``init``.
        max_norm: clips the norm of all gradients together, as ``gdlib.clip.by_global_norm`` does;
            inf only measures it, None does not.
        nonfinite: what to do where that norm is not finite: "raise", or "skip" the step, which
            leaves everything as it is and counts in ``state.skipped``. Without max_norm no one
            looks, and NaN goes on into x.
        hyper: the rule's hyperparameters, numbers.

        Returns the norm before clipping, None without max_norm. Raises FloatingPointError, which
        names the array, for a norm that is not finite; ValueError and TypeError for arrays that do
        not go together and hyperparameters that the rule does not have.
        """
        xs, gs = _listed(x), _listed(g)
        if not len(xs) == len(gs) == len(state):
            raise ValueError(
                f"x, g and the state must be of equally many arrays, got {len(xs)}, {len(gs)} and "
                f"{len(state)}"
            )
        for name in hyper:
            if name not in self.defaults:
                raise TypeError(
                    f"{short_name(self.rule)} has no hyperparameter {name!r}; "
                    f"it has: {[*self.defaults]}"
                )
        if max_norm is not None:
            check_options(nonfinite, max_norm=max_norm)
        hyper = self.defaults | hyper
        moving = state.moving(gs)
        if not moving:
            return None

        def named():
            if gs is not g:
                return as_array(g)
            return {f"array {k}": as_array(a) for k, a in enumerate(gs) if a is not None}

        take = self._fused if self.fused else self._plain
        return take(xs, gs, state, moving, named, max_norm, nonfinite, hyper)

    def _fused(self, xs, gs, state, moving, named, max_norm, nonfinite, hyper):
        for member in moving:
            member.point(xs, gs)
        norm, power, factor = None, 1.0, 1.0
        if max_norm is not None:
            tables = [member.table for member in moving]
            norm, power, factor = clip_factors(tables, named, max_norm, nonfinite)
            if factor is None:
                state.skipped += 1
                return norm
        for member in moving:
            new, scalars = member.host(hyper)
            member.table.update(scalars, power, factor)
            member.scalars = new
        return norm

    def _plain(self, xs, gs, state, moving, named, max_norm, nonfinite, hyper):
        norm, given = None, {k: as_array(g) for k, g in enumerate(gs) if g is not None}
        if max_norm is not None:
            clipped = by_global_norm(named(), max_norm=max_norm, nonfinite=nonfinite)
            norm = clipped.norm
            if clipped.skipped:
                state.skipped += 1
                return norm
            new = clipped.gradients
            given = dict(zip(given, new.values() if isinstance(new, dict) else [new], strict=True))
        for member in moving:
            for k in member.indices:
                old, x = state[k], as_array(xs[k])
                x[...], new = self.rule.step(x, given[k], old, **hyper)
                for name, views in state.arrays.items():
                    views[k][...] = getattr(new, name)
            member.scalars = {name: getattr(new, name) for name in member.scalars}
        return norm


def _listed(x):
    return x if isinstance(x, list | tuple) else [x]
