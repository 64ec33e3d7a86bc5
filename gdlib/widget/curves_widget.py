"""The curves figure: a family of curves computed beforehand, of which a slider shows one member."""

import gzip
import math

import anywidget
import numpy as np
from traitlets import Dict, Unicode

from gdlib.palette import COLOURS, colour
from gdlib.widget import bundle, page
from gdlib.widget.controls import LABELS, symbol_of
from gdlib.widget.still_curves import curves_chart
from gdlib.widget.traits import Checked, whole
from gdlib.widget.words import digits

LARGEST = 60_000  # bytes of a figure's HTML, gzipped
SCALES = ("linear", "log")


def curves(
    x,
    family,
    *,
    slider,
    labels,
    xlabel,
    ylabel,
    initial=None,
    xscale="linear",
    yscale="linear",
    xlim=None,
    ylim=None,
    colours=None,
    dashed=(),
    lines=(),
    bands=(),
    summary=None,
    alt=None,
    caption="",
):
    """Show curves over x that change with a slider.

    Arguments
    ---------
    x: positions, shape (n,).
    family: values, shape (places of the slider, curves, n), or without the middle axis for one
        curve; NaN leaves a gap. Rounded to four significant digits.
    slider: its name and values, ``("lr", lrs)``; a name such as beta is shown as β.
    labels: the names of the curves, one each, or a string for one curve.
    xlabel, ylabel: names of the axes, with units.
    initial: the value of the slider at first, one of its values; default: the first.
    xscale, yscale: "linear" or "log".
    xlim, ylim: the ends of the axes; default: all that x and family hold.
    colours: a colour "#rrggbb" or the name of a rule for each curve; default: those of the rules.
    dashed: labels of the curves drawn dashed.
    lines: reference lines ``("x", position, text)`` or ``("y", position, text)``: a list, or a
        function from the slider's value to a list.
    bands: shaded bands ``("x", from, to)`` or ``("y", from, to)``, likewise.
    summary: what the picture shows at each value, in words: a list of strings or a function from
        the value to a string; read to who cannot see the picture. Default: the value alone.
    alt, caption: as for ``descent``.

    Returns an anywidget. ``w.index`` is the place of the slider, ``w.value`` its value; both can be
    set.

    Raises ValueError for shapes that do not fit, values that cannot be drawn, and a figure of more
    than 60 kB gzipped.
    """
    x, family = np.asarray(x, dtype=float), np.asarray(family, dtype=float)
    name, values = slider[0], [float(v) for v in slider[1]]
    labels = [labels] if isinstance(labels, str) else list(labels)
    family = family[:, None, :] if family.ndim == 2 else family
    expected = (len(values), len(labels), len(x))
    if family.shape != expected:
        raise ValueError(
            "family must have shape (places of the slider, curves, positions) = "
            f"{expected}, got {family.shape}"
        )
    if len(values) < 2 or not np.isfinite(x).all() or not np.isfinite(family).any():
        raise ValueError("curves need two places of the slider or more, and finite numbers")
    xaxis = _axis("x", x, xscale, xlim, xlabel)
    yaxis = _axis("y", family, yscale, ylim, ylabel)
    label = LABELS.get(name, (symbol_of(name),))[0]
    config = {
        "alt": alt or f"{ylabel} over {xlabel}, with a slider for {label}",
        "slider": {"label": label, "texts": [digits(v, 4) for v in values]},
        "curves": _styles(labels, colours, dashed),
        "x": [_rounded(v) for v in x],
        "y": [[[_rounded(v) for v in row] for row in rows] for rows in family],
        "xaxis": xaxis,
        "yaxis": yaxis,
        "lines": [_lines(_at(lines, v)) for v in values],
        "bands": [_bands(_at(bands, v)) for v in values],
        "words": _summaries(summary, label, values),
    }
    initial = values[0] if initial is None else initial
    return Curves(config, values, initial, caption)


class Curves(anywidget.AnyWidget):
    """What ``curves`` returns."""

    kind = Unicode("curves").tag(sync=True)
    config = Dict().tag(sync=True)
    _esm = Unicode().tag(sync=True)
    _css = Unicode().tag(sync=True)

    def __init__(self, config, values, initial, caption):
        self._values, self._caption = values, caption
        index = self._index_of(initial)
        self.add_traits(index=Checked(whole("index", 0, len(values) - 1), index))
        super().__init__(
            config={**config, "caption": caption, "initial": {"index": index}},
            _esm=bundle.module({}),
            _css=bundle.style(),
        )
        self._page_config = config
        size = len(gzip.compress(self.html().encode()))
        if size > LARGEST:
            raise ValueError(
                f"the figure takes {size / 1000:.0f} kB gzipped, the most is {LARGEST / 1000:.0f}: "
                f"give fewer of the {len(config['x'])} positions or {len(values)} slider values"
            )

    @property
    def value(self):
        """The slider's value."""
        return self._values[self.index]

    @value.setter
    def value(self, value):
        self.index = self._index_of(value)

    def words(self):
        """What the figure shows at the present value."""
        return self._page_config["words"][self.index]

    def html(self):
        """The figure as it stands on a page, at the present value."""
        drawn = curves_chart(self._page_config, self.index)
        return page.figure(
            self.kind,
            self._page_config,
            {},
            {"index": self.index},
            page.curves_body(drawn, self._page_config["curves"], self.words()),
            self._caption,
        )

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if bundled is not None else ({}, {})
        return {**data, "text/plain": self.words(), "text/html": self.html()}, metadata

    def _index_of(self, value):
        for index, known in enumerate(self._values):
            if math.isclose(known, value, rel_tol=1e-9, abs_tol=1e-12):
                return index
        known = ", ".join(digits(v, 4) for v in self._values)
        raise ValueError(f"the slider has no value {value!r}; it has: {known}")


def _axis(name, data, scale, limits, label):
    """The ends of an axis; of a log axis the exponents."""
    if scale not in SCALES:
        raise ValueError(f"{name}scale must be one of {', '.join(SCALES)}, got {scale!r}")
    log = scale == "log"
    data = data[np.isfinite(data) & ((data > 0) | (not log))]
    if not data.size:
        raise ValueError(f"a log axis needs positive numbers, {name} has none")
    lo, hi = limits or (data.min(), data.max())
    if not (lo < hi and (lo > 0 or not log)):
        raise ValueError(f"{name} must span (low, high), positive if log, got ({lo:g}, {hi:g})")
    ends = (math.log10(lo), math.log10(hi)) if log else (float(lo), float(hi))
    return {"lo": _rounded(ends[0], 9), "hi": _rounded(ends[1], 9), "log": log, "label": label}


def _styles(labels, colours, dashed):
    for label in dashed:
        if label not in labels:
            raise ValueError(f"dashed: there is no curve {label!r}; there is {', '.join(labels)}")
    if colours is None:
        usual = list(COLOURS.values())
        colours = [usual[k % len(usual)] for k in range(len(labels))]
    if len(colours) != len(labels):
        raise ValueError(f"there are {len(labels)} curves but {len(colours)} colours")
    return [
        {"label": n, "colour": c if c.startswith("#") else colour(c), "dashed": n in dashed}
        for n, c in zip(labels, colours, strict=True)
    ]


def _at(given, value):
    return given(value) if callable(given) else given


def _lines(given):
    found = [(*line, "")[:3] for line in given]
    return [{"axis": _side(axis), "at": _rounded(at), "label": text} for axis, at, text in found]


def _bands(given):
    return [{"axis": _side(a), "from": _rounded(lo), "to": _rounded(hi)} for a, lo, hi in given]


def _side(axis):
    if axis not in ("x", "y"):
        raise ValueError(f'a line or band stands on "x" or "y", got {axis!r}')
    return axis


def _summaries(summary, label, values):
    if summary is None:
        return [f"{label} = {digits(v, 4)}." for v in values]
    found = [summary(v) for v in values] if callable(summary) else list(summary)
    if len(found) != len(values):
        raise ValueError(f"the slider has {len(values)} values but {len(found)} summaries")
    return found


def _rounded(value, count=4):
    """A number with few digits, whole ones without a point; None for a gap."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{count}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
