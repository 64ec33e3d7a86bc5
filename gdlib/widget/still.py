"""The still pictures that stand on the page until the script has run, without it, and in print."""

import html

import numpy as np

from gdlib.widget.words import digits

MAP, CHART = (434, 326), (268, 326)
MAP_MARGINS = {"left": 34, "right": 1, "top": 1, "bottom": 24}
CHART_MARGINS = {"left": 44, "right": 8, "top": 26, "bottom": 24}
GRID, LEVELS = (49, 37), 8


class Frame:
    """A rectangle of a picture with linear axes: turns data into pixels."""

    def __init__(self, size, margins, x, y):
        self.size, self.margins, self.x, self.y = size, margins, x, y
        self.width = size[0] - margins["left"] - margins["right"]
        self.height = size[1] - margins["top"] - margins["bottom"]

    def pixels(self, x, y):
        """Pixels (…, 2) inside the rectangle, kept where renderers can draw them."""
        across = (np.asarray(x, float) - self.x[0]) / (self.x[1] - self.x[0]) * self.width
        down = (self.y[1] - np.asarray(y, float)) / (self.y[1] - self.y[0]) * self.height
        return np.clip(np.stack(np.broadcast_arrays(across, down), -1), -999, 999)

    def svg(self, css, label, outside, inside):
        """The picture: what is drawn outside the rectangle, and inside, where it is clipped."""
        m = self.margins
        return (
            f'<svg class="{css}" viewBox="0 0 {self.size[0]} {self.size[1]}" role="img" '
            f'aria-label="{html.escape(label)}"><g class="gdlib-axes">{"".join(outside)}</g>'
            f'<svg class="gdlib-clip" x="{m["left"]}" y="{m["top"]}" width="{self.width}" '
            f'height="{self.height}">{"".join(inside)}</svg></svg>'
        )

    def labels(self, across, up):
        """Numbers along both axes: pairs of a position and a text."""
        m = self.margins
        bottom = m["top"] + self.height + 17
        found = []
        for at, text in across:
            left = m["left"] + self.pixels(at, self.y[0])[0]
            found.append(f'<text x="{left:.1f}" y="{bottom}" text-anchor="middle">{text}</text>')
        for at, text in up:
            top = m["top"] + self.pixels(self.x[0], at)[1] + 4
            found.append(f'<text x="{m["left"] - 7}" y="{top:.1f}" text-anchor="end">{text}</text>')
        return found


def descent_map(objective, runs, start, label):
    """The map of an objective with paths; ``runs`` are (History, colour, dashed)."""
    frame = Frame(MAP, MAP_MARGINS, *_view(objective.window))
    inside = ['<rect class="gdlib-field" width="100%" height="100%"/>']
    inside.append(f'<g class="gdlib-contours">{_contours(objective, frame)}</g>')
    crosses = "".join(_move(frame.pixels(*m) - [5, 0]) + "h10m-5,-5v10" for m in objective.minima)
    inside.append(f'<g class="gdlib-minima"><path d="{crosses}"/></g>' if crosses else "")
    inside.append('<g class="gdlib-paths">')
    for history, colour, dashed in runs:
        points = frame.pixels(*history.x.T)
        points = points[: _last_visible(points) + 1]
        dots = "".join(_move(p) + "h0" for p in points[:60])
        inside.append(
            f'<g style="--rule: {colour}"{_dashed(dashed)}><path class="gdlib-line" '
            f'd="{_polyline(points)}"/><path class="gdlib-dots" d="{dots}"/></g>'
        )
    x, y = frame.pixels(*start)
    inside.append(f'</g><circle class="gdlib-grip" cx="{x:.1f}" cy="{y:.1f}" r="6.5"/>')
    marks = [[(t, digits(t)) for t in _ticks(*axis)] for axis in (frame.x, frame.y)]
    return frame.svg("gdlib-plane", label, frame.labels(*marks), inside)


def loss_chart(objective, runs, steps, label):
    """The loss of each run over the steps: log10(f − f*), or f where no minimum is known."""
    lowest = min((float(objective.value(np.array(m))) for m in objective.minima), default=None)
    losses = [history.f if lowest is None else history.f - lowest for history, _, _ in runs]
    if lowest is None:
        corners = np.stack(np.meshgrid(*_view(objective.window)), -1)
        values = objective.value(corners)
        y, title = (float(values.min()), float(values.max())), "f"
        marks = [(t, digits(t)) for t in _ticks(*y)]
    else:
        losses = [np.log10(np.maximum(loss, 1e-300)) for loss in losses]
        top = int(np.ceil(max([loss[0] for loss in losses], default=0.0) + 0.3))
        low = int(np.floor(min([loss.min() for loss in losses], default=top - 2)))
        y, title = (max(top - 12, min(low, top - 2)), top), "f − f*"
        every = max(1, -(-(y[1] - y[0]) // 6))
        marks = [(k, _power(k)) for k in range(-(-y[0] // every) * every, y[1] + 1, every)]
    frame = Frame(CHART, CHART_MARGINS, (0, steps), y)
    inside = [
        f'<path style="--rule: {colour}" class="gdlib-line{" gdlib-dashed" if dashed else ""}" '
        f'd="{_polyline(_thin(frame.pixels(np.arange(len(loss)), loss)))}"/>'
        for loss, (_, colour, dashed) in zip(losses, runs, strict=True)
    ]
    outside = frame.labels([(t, digits(t)) for t in _ticks(0, steps)], marks)
    outside.append(f'<text x="0" y="13">{title}</text>')
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
    return "".join(
        f'<path d="{"".join(_polyline(_thin(frame.pixels(*r.T))) + "z" for r in rings)}"/>'
        for rings in (generator.lines(level) for level in levels[::-1])
        if rings
    )


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


def _thin(points, tolerance=1.0):
    """Leave out points that are hardly off the last one kept."""
    kept = [points[0]]
    for p in points[1:-1]:
        if np.abs(p - kept[-1]).sum() > 4 * tolerance:
            kept.append(p)
    return np.array([*kept, points[-1]])


def _polyline(points):
    """Pixels as a path, in steps from point to point, which is shorter than positions."""
    whole = np.round(np.asarray(points) * 10).astype(int)
    steps = "".join(
        f"{_tenth(dx)}{'' if dy < 0 else ','}{_tenth(dy)}" + " "
        for dx, dy in np.diff(whole, axis=0)
    )
    return f"{_move(whole[0] / 10)}l{steps.strip()}" if steps else _move(whole[0] / 10)


def _tenth(tenths):
    return f"{tenths / 10:g}"


def _move(at):
    return f"M{at[0]:.1f},{at[1]:.1f}"


def _dashed(dashed):
    return ' class="gdlib-dashed"' if dashed else ""


def _power(exponent):
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return {0: "1", 1: "10"}.get(exponent, f"10{raised}")


def _ticks(lo, hi, count=5):
    """Round positions, 1, 2 or 5 times a power of ten apart."""
    raw = (hi - lo) / count
    unit = 10.0 ** np.floor(np.log10(raw))
    step = unit * next(m for m in (1, 2, 5, 10) if m * unit >= raw * (1 - 1e-9))
    first = int(np.ceil(lo / step - 1e-9))
    found = [round(k * step, 12) for k in range(first, int(np.floor(hi / step + 1e-9)) + 1)]
    return [t for t in found if lo + 0.02 * (hi - lo) <= t <= hi - 0.02 * (hi - lo) or lo == 0]
