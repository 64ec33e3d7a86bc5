"""Rectangles with axes and the paths in them, for the still pictures."""

import html

import numpy as np

from gdlib.widget.words import digits


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


def thin(points, coarseness=6):
    """Leave out points that are hardly off the last one kept, in pixels."""
    kept = [points[0]]
    for p in points[1:-1]:
        if np.abs(p - kept[-1]).sum() > coarseness:
            kept.append(p)
    return np.array([*kept, points[-1]])


def polyline(points):
    """Pixels as a path, in steps from point to point, which is shorter than positions."""
    whole = np.round(np.asarray(points) * 10).astype(int)
    steps = "".join(
        f"{_tenth(dx)}{'' if dy < 0 else ','}{_tenth(dy)}" + " "
        for dx, dy in np.diff(whole, axis=0)
    )
    return f"{move(whole[0] / 10)}l{steps.strip()}" if steps else move(whole[0] / 10)


def _tenth(tenths):
    return f"{tenths / 10:g}"


def move(at):
    return f"M{at[0]:.1f},{at[1]:.1f}"


def power(exponent):
    raised = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return {0: "1", 1: "10"}.get(exponent, f"10{raised}")


def ticks(lo, hi, count):
    """Round positions, 1, 2 or 5 times a power of ten apart."""
    raw = (hi - lo) / count
    unit = 10.0 ** np.floor(np.log10(raw))
    step = unit * next(m for m in (1, 2, 5, 10) if m * unit >= raw * (1 - 1e-9))
    first = int(np.ceil(lo / step - 1e-9))
    found = [round(k * step, 12) for k in range(first, int(np.floor(hi / step + 1e-9)) + 1)]
    return found


def marks(axis, count):
    """Labelled positions of an axis {lo, hi, log}; on a log axis positions are exponents."""
    lo, hi = axis["lo"], axis["hi"]
    if not axis["log"]:
        return [(t, digits(t)) for t in ticks(lo, hi, count)]
    if hi - lo < 1.5:
        decades = range(int(np.floor(lo)), int(np.ceil(hi)) + 1)
        values = [m * 10.0**k for k in decades for m in (1, 2, 5)]
        return [(np.log10(v), digits(v)) for v in values if lo <= np.log10(v) <= hi]
    every = max(1, int(np.ceil((hi - lo) / count)))
    first = int(np.ceil(lo / every - 1e-9)) * every
    return [(k, power(k)) for k in range(first, int(np.floor(hi + 1e-9)) + 1, every)]
