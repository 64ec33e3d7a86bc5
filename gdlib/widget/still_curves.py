"""The still picture of a curves figure."""

import html

import numpy as np

from gdlib.widget.frame import Frame, marks, polyline, thin

SIZE = (720, 360)
MARGINS = {"left": 48, "right": 10, "top": 26, "bottom": 44}


def curves_chart(config, index):
    """The curves at one place of the slider."""
    axes = config["xaxis"], config["yaxis"]
    frame = Frame(SIZE, MARGINS, *((axis["lo"], axis["hi"]) for axis in axes))
    inside = [_band(frame, axes, band) for band in config["bands"][index]]
    inside += [
        _curve(frame, axes, config["x"], row, style)
        for row, style in zip(config["y"][index], config["curves"], strict=True)
    ]
    inside += [_line(frame, axes, line) for line in config["lines"][index]]
    outside = frame.labels(marks(axes[0], 9), marks(axes[1], 6))
    middle, bottom = MARGINS["left"] + frame.width / 2, SIZE[1] - 7
    outside += [
        f'<text x="0" y="13">{html.escape(axes[1]["label"])}</text>',
        f'<text x="{middle}" y="{bottom}" text-anchor="middle">'
        f"{html.escape(axes[0]['label'])}</text>",
    ]
    return frame.svg("gdlib-chart", config["alt"], outside, inside)


def _curve(frame, axes, x, row, style):
    y = np.array([np.nan if v is None else v for v in row], dtype=float)
    with np.errstate(all="ignore"):
        points = frame.pixels(_scaled(axes[0], x), _scaled(axes[1], y))
    missing = np.flatnonzero(~np.isfinite(points).all(-1))
    pieces = [part[np.isfinite(part).all(-1)] for part in np.split(points, missing)]
    d = "".join(polyline(thin(part, 3)) for part in pieces if len(part) > 1)
    dashed = " gdlib-dashed" if style["dashed"] else ""
    return f'<path style="--rule: {style["colour"]}" class="gdlib-line{dashed}" d="{d}"/>'


def _band(frame, axes, band):
    k = "xy".index(band["axis"])
    a, b = sorted(_along(frame, axes, k, at) for at in (band["from"], band["to"]))
    if k == 0:
        place = f'x="{a:.1f}" y="0" width="{b - a:.1f}" height="{frame.height}"'
    else:
        place = f'x="0" y="{a:.1f}" width="{frame.width}" height="{b - a:.1f}"'
    return f'<g class="gdlib-bands"><rect {place}/></g>'


def _line(frame, axes, line):
    k = "xy".index(line["axis"])
    v = _along(frame, axes, k, line["at"])
    if k == 0:
        place = f'x1="{v:.1f}" x2="{v:.1f}" y1="0" y2="{frame.height}"'
        late = v > 0.8 * frame.width
        text = (v - 5 if late else v + 5, 13, "end" if late else "start")
    else:
        place = f'x1="0" x2="{frame.width}" y1="{v:.1f}" y2="{v:.1f}"'
        text = (frame.width - 4, v - 5, "end")
    x, y, anchor = text
    label = html.escape(line["label"])
    return (
        f'<g class="gdlib-lines"><line {place}/>'
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{label}</text></g>'
    )


def _along(frame, axes, k, at):
    """Pixel of a position on axis k."""
    ends = [frame.x[0], frame.y[0]]
    ends[k] = _scaled(axes[k], at)
    return frame.pixels(*ends)[k]


def _scaled(axis, values):
    values = np.asarray(values, dtype=float)
    return np.log10(values) if axis["log"] else values
