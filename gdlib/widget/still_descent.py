"""The still pictures of a descent: they stand on the page until the script has run, without it, and
in print."""

import numpy as np

from gdlib.widget.frame import Frame, marks, move, polyline, thin

MAP, CHART = (434, 326), (268, 326)
MAP_MARGINS = {"left": 34, "right": 1, "top": 1, "bottom": 24}
CHART_MARGINS = {"left": 44, "right": 13, "top": 26, "bottom": 24}
GRID, LEVELS, CONTOUR_CHARACTERS = (69, 52), 8, 9000


def descent_map(objective, runs, start, label):
    """The map of an objective with paths; ``runs`` are (History, colour, dashed)."""
    frame = Frame(MAP, MAP_MARGINS, *_view(objective.window))
    inside = ['<rect class="gdlib-field" width="100%" height="100%"/>']
    inside.append(f'<g class="gdlib-contours">{_contours(objective, frame)}</g>')
    crosses = "".join(move(frame.pixels(*m) - [5, 0]) + "h10m-5,-5v10" for m in objective.minima)
    inside.append(f'<g class="gdlib-minima"><path d="{crosses}"/></g>' if crosses else "")
    inside.append('<g class="gdlib-paths">')
    for history, colour, dashed in runs:
        points = frame.pixels(*history.x.T)
        points = points[: _last_visible(points) + 1]
        dots = "".join(move(p) + "h0" for p in points[:40])
        inside.append(
            f'<g style="--rule: {colour}"{_dashed(dashed)}><path class="gdlib-line" '
            f'd="{polyline(points)}"/><path class="gdlib-dots" d="{dots}"/></g>'
        )
    x, y = frame.pixels(*start)
    inside.append(f'</g><circle class="gdlib-grip" cx="{x:.1f}" cy="{y:.1f}" r="6.5"/>')
    axes = ({"lo": lo, "hi": hi, "log": False} for lo, hi in (frame.x, frame.y))
    return frame.svg("gdlib-plane", label, frame.labels(*(marks(a, 5) for a in axes)), inside)


def loss_chart(objective, runs, steps, label):
    """The loss of each run over the steps: log10(f − f*), or f where no minimum is known."""
    lowest = min((float(objective.value(np.array(m))) for m in objective.minima), default=None)
    losses = [history.f if lowest is None else history.f - lowest for history, _, _ in runs]
    if lowest is None:
        sides = [np.linspace(lo, hi, 5) for lo, hi in _view(objective.window)]
        values = objective.value(np.stack(np.meshgrid(*sides), -1))
        y, title = (float(values.min()), float(values.max())), "f"
    else:
        losses = [np.log10(np.maximum(loss, 1e-300)) for loss in losses]
        top = int(np.ceil(max([-14.0, *(loss[0] for loss in losses)]) + 0.3))
        low = int(np.floor(min([loss.min() for loss in losses], default=top)))
        y, title = (min(max(low, -16), top - 2), top), "f − f*"
    frame = Frame(CHART, CHART_MARGINS, (0, steps), y)
    inside = [
        f'<path style="--rule: {colour}" class="gdlib-line{" gdlib-dashed" if dashed else ""}" '
        f'd="{polyline(thin(frame.pixels(np.arange(len(loss)), loss)))}"/>'
        for loss, (_, colour, dashed) in zip(losses, runs, strict=True)
    ]
    along = {"lo": 0, "hi": steps, "log": False}
    up = {"lo": y[0], "hi": y[1], "log": lowest is not None}
    outside = frame.labels(marks(along, 4), marks(up, 6))
    outside.append(f'<text x="0" y="13">{title}</text>')
    left, below = CHART_MARGINS["left"] - 7, frame.margins["top"] + frame.height + 17
    outside.append(f'<text x="{left}" y="{below}" text-anchor="end">step</text>')
    return frame.svg("gdlib-chart", label, outside, inside)


def _contours(objective, frame):
    """Filled rings around what lies below each level, the highest first."""
    import contourpy  # comes with matplotlib; only pages and notebooks that show the figure need it

    x, y = (np.linspace(*axis, n) for axis, n in zip((frame.x, frame.y), GRID, strict=True))
    values = np.asarray(objective.value(np.stack(np.meshgrid(x, y), -1)), dtype=float)
    lowest = min((float(objective.value(np.array(m))) for m in objective.minima), default=None)
    if lowest is None:
        bottom, top = values.min(), values.max()
        levels = bottom + (top - bottom) * (np.arange(LEVELS) + 0.5) / LEVELS
    else:
        values = np.sqrt(np.maximum(values - lowest, 0))
        top, base = values.max(), max(np.quantile(values, 0.01), 1e-6 * values.max())
        levels = base * (top / base) ** (np.arange(LEVELS) / LEVELS)
    # A border far above every level closes the rings outside the picture.
    values = np.pad(np.pad(values, 1, mode="edge"), 1, constant_values=1e9 * np.abs(values).max())
    x, y = (np.concatenate([a[:1] - 3, a[:1] - 2, a, a[-1:] + 2, a[-1:] + 3]) for a in (x, y))
    generator = contourpy.contour_generator(x, y, values)
    rings = [[frame.pixels(*r.T) for r in generator.lines(level)] for level in levels[::-1]]
    for coarseness in (3, 4, 6, 9, 14):
        paths = ["".join(_closed(r, coarseness) for r in found) for found in rings]
        if sum(map(len, paths)) < CONTOUR_CHARACTERS:
            break
    return "".join(f'<path d="{path}"/>' for path in paths if path)


def _view(window):
    """The window widened to the shape of the map, so that both axes have one scale."""
    size = (
        MAP[0] - MAP_MARGINS["left"] - MAP_MARGINS["right"],
        MAP[1] - MAP_MARGINS["top"] - MAP_MARGINS["bottom"],
    )
    scale = max((hi - lo) / n for (lo, hi), n in zip(window, size, strict=True))
    middles = [(lo + hi) / 2 for lo, hi in window]
    return [(m - scale * n / 2, m + scale * n / 2) for m, n in zip(middles, size, strict=True)]


def _last_visible(points):
    inside = np.flatnonzero((np.abs(points) < 999).all(-1))
    return min(len(points) - 1, inside[-1] + 1)


def _closed(ring, coarseness):
    """A ring as a path, unless it is too small to matter."""
    if np.ptp(ring, axis=0).max() < 2 * coarseness:
        return ""
    return polyline(thin(ring, coarseness)) + "z"


def _dashed(dashed):
    return ' class="gdlib-dashed"' if dashed else ""
