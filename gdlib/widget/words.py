"""What a descent figure shows, in words; the page says the same (shell/words.js)."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from gdlib.stability import largest_stable_lr, spectral_radius


def digits(value, count=3):
    """A number with ``count`` significant digits: 0.0123, 1230, 1.2e-4, −3."""
    value = float(value)
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinity"
    exact = Decimal(abs(value))
    if not exact:
        return "0"
    unit = Decimal(1).scaleb(exact.adjusted() - count + 1)
    rounded = float(exact.quantize(unit, ROUND_HALF_UP))
    if rounded < 1e-3 or rounded >= 1e5:
        mantissa, exponent = f"{Decimal(repr(rounded)):e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        text = f"{rounded:.12f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def point(x):
    """A point as (1, −0.5)."""
    return f"({', '.join(digits(v) for v in x)})"


def settings(controls, values):
    """Numbers by their symbols: η = 0.02, β = 0.9."""
    return ", ".join(f"{c.symbol} = {digits(values[c.name], 4)}" for c in controls)


def scene_in_words(label, controls, values, start, f):
    """Where a descent begins."""
    given = settings(controls, values)
    where = f"{label} with {given}" if given else label
    return f"On {where}, from {point(start)}, where f = {digits(f)}."


def run_in_words(history, step, minima):
    """What became of a run by the given step."""
    now = min(step, len(history.f) - 1)
    ended = history.diverged and step >= history.stopped_at
    text = ""
    if not ended:
        text = f"After {now} step{'' if now == 1 else 's'} f = {digits(history.f[now])}"
        if minima:
            x = history.x[now]
            goal = nearest(x, minima)
            text += f", {digits(math.dist(x, goal))} from the minimum {point(goal)}"
        text += "."
    if not history.diverged:
        return text
    fate = f"iverges: out of bounds at step {history.stopped_at}"
    if not ended:
        return f"{text} D{fate}."
    return f"D{fate}, f = {digits(history.f[-1])} the step before."


def stability_in_words(rule, objective, hyper, start):
    """What the limit on lr says about a run of a linear rule; nothing where there is none."""
    if not objective.minima:
        return ""
    at = nearest(start, objective.minima)
    matrix = hessian(objective, at)
    flat, steep = np.linalg.eigvalsh(matrix)
    if not flat > 1e-9 * steep:
        return ""
    others = {name: value for name, value in hyper.items() if name != "lr"}
    try:
        limit = min(largest_stable_lr(rule, c, **others) for c in (steep, flat))
    except ValueError:  # not even a tiny lr is stable
        limit = 0.0
    if math.isinf(limit):
        return ""
    quadratic = _is_quadratic(objective, at, matrix)
    place = "" if quadratic else f" at the minimum {point(at)}"
    curvature = f"steepest curvature {digits(steep, 4)}"
    if limit == 0:
        return f"Unstable{place} at every learning rate ({curvature})."
    ratio = hyper["lr"] / limit
    if ratio < 1 - 1e-6:
        return f"Stable{place} up to {digits(limit)} ({curvature})."
    rate = f"Learning rate {digits(hyper['lr'], 4)} is"
    if ratio <= 1 + 1e-6:
        return (
            f"{rate} the stability limit{place} ({curvature}): there the error along the steepest "
            "direction neither grows nor shrinks."
        )
    radii = spectral_radius(rule, np.array([steep, flat]), **hyper)
    factor = radii.max()
    growth = f"by {digits(100 * (factor - 1), 2)} %" if factor < 2 else f"{digits(factor)}-fold"
    head = (
        f"{rate} above the stability limit {digits(limit)}{place} ({curvature}): "
        "each step overshoots by more than it corrects; "
    )
    if not quadratic:
        end = f"near the minimum the error grows {growth} per step, so the run cannot settle."
    elif _has_growing_part(matrix, (steep, flat), radii, objective.gradient(np.array(start))):
        end = f"in the long run the error grows {growth} per step, and the run diverges."
    else:
        error = "an error along the steepest direction"
        end = f"{error} grows {growth} per step, but this start has none."
    return head + end


def nearest(x, minima):
    """The minimum nearest to x; of several the first."""
    return min(minima, key=lambda m: math.dist(x, m))


def hessian(objective, at):
    """Second derivatives (2, 2) at a point, by central differences of the gradient."""
    at = np.asarray(at, dtype=float)
    steps = 1e-4 * np.maximum(1, np.abs(at))
    moved = np.diag(steps)
    rows = objective.gradient(at + moved) - objective.gradient(at - moved)
    rows = rows / (2 * steps[:, None])
    return (rows + rows.T) / 2


def _is_quadratic(objective, at, matrix):
    """Whether the second derivatives are the same at two other points."""
    there = [hessian(objective, np.add(at, o)) for o in ((0.7, -1.3), (-2.1, 0.4))]
    return np.abs(there - matrix).max() <= 1e-6 * np.abs(matrix).max()


def _has_growing_part(matrix, curvatures, radii, g):
    steep, flat = curvatures
    size = steep * np.linalg.norm(g)
    parts = [np.linalg.norm(matrix @ g - other * g) for other in (flat, steep)]
    growing = any(r > 1 and p > 1e-7 * size for r, p in zip(radii, parts, strict=True))
    return growing or (steep - flat <= 1e-7 * steep and size > 0)
