"""The curves figure: a family of curves computed beforehand, of which sliders show one member."""

import gzip
import math
from itertools import product

import anywidget
import numpy as np
from traitlets import Dict, Unicode

from gdlib.palette import COLOURS, colour
from gdlib.widget import bundle, page
from gdlib.widget.sliders import one_each, sliders_of
from gdlib.widget.still_curves import curves_chart
from gdlib.widget.traits import Checked, whole

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
    """Show curves over x that change with one to three sliders.

    Arguments
    ---------
    x: positions, shape (n,).
    family: values, shape (places of the slider, curves, n); with several sliders (places of the
        first, places of the second, …, curves, n). The axis of the curves may be left out where
        there is one. NaN leaves a gap. Rounded to four significant digits.
    slider: its name and values, ``("lr", lrs)``, or a list of up to three such pairs,
        ``[("gain", gains), ("depth", depths)]``. A name such as beta is shown as β. Strings as
        values, ``("activation", ["tanh", "ReLU"])``, are names to choose from: radio buttons.
    labels: the names of the curves, one each, or a string for one curve.
    xlabel, ylabel: names of the axes, with units.
    initial: the value of the slider at first, one of its values; of several sliders one value
        each, ``(1.0, 20)``; default: the first of each.
    xscale, yscale: "linear" or "log".
    xlim, ylim: the ends of the axes; default: all that x and family hold.
    colours: a colour "#rrggbb" or the name of a rule for each curve; default: those of the rules.
    dashed: labels of the curves drawn dashed.
    lines: reference lines ``("x", position, text)`` or ``("y", position, text)``: a list, or a
        function that is called with the value of each slider, in their order, and returns a list.
    bands: shaded bands ``("x", from, to)`` or ``("y", from, to)``, likewise.
    summary: what the picture shows, in words, read to who cannot see it: a function that is called
        in the same way and returns a string; for one slider also a list of strings. Default: the
        values alone.
    alt, caption: as for ``descent``.

    Returns an anywidget. ``w.index`` is the place of the slider, ``w.value`` its value; both can be
    set. With several sliders both are tuples with one entry for each.

    Raises ValueError for shapes that do not fit, values that cannot be drawn, and a figure of more
    than 60 kB gzipped.
    """
    x, family = np.asarray(x, dtype=float), np.asarray(family, dtype=float)
    sliders = sliders_of(slider)
    labels = [labels] if isinstance(labels, str) else list(labels)
    counts = tuple(len(s.values) for s in sliders)
    if family.ndim == len(counts) + 1:
        family = family[..., None, :]
    expected = (*counts, len(labels), len(x))
    if family.shape != expected:
        places = ", ".join(f"places of {s.name}" for s in sliders)
        raise ValueError(
            f"family must have shape ({places}, curves, positions) = {expected}, got {family.shape}"
        )
    if not np.isfinite(x).all() or not np.isfinite(family).any():
        raise ValueError("curves need finite positions x, and finite numbers in the family")
    xaxis = _axis("x", x, xscale, xlim, xlabel)
    yaxis = _axis("y", family, yscale, ylim, ylabel)
    settings = list(product(*(s.values for s in sliders)))
    members = family.reshape(-1, len(labels), len(x))
    shown = [s.as_json() for s in sliders]
    config = {
        "alt": alt or f"{ylabel} over {xlabel}, with {_controls(sliders)}",
        "slider": shown if len(shown) > 1 else shown[0],
        "curves": _styles(labels, colours, dashed),
        "x": [_rounded(v) for v in x],
        "y": [[[_rounded(v) for v in row] for row in rows] for rows in members],
        "xaxis": xaxis,
        "yaxis": yaxis,
        "lines": [_lines(_at(lines, v)) for v in settings],
        "bands": [_bands(_at(bands, v)) for v in settings],
        "words": _summaries(summary, sliders, settings),
    }
    return Curves(config, sliders, initial, caption)


class Curves(anywidget.AnyWidget):
    """What ``curves`` returns."""

    kind = Unicode("curves").tag(sync=True)
    config = Dict().tag(sync=True)
    _esm = Unicode().tag(sync=True)
    _css = Unicode().tag(sync=True)

    def __init__(self, config, sliders, initial, caption):
        self._sliders, self._caption = sliders, caption
        if initial is None:
            initial = sliders[0].values[0] if len(sliders) == 1 else [s.values[0] for s in sliders]
        index = self._index_of("initial", initial)
        self.add_traits(index=Checked(self._check, index))
        super().__init__(
            config={**config, "caption": caption, "initial": {"index": index}},
            _esm=bundle.module({}),
            _css=bundle.style(),
        )
        self._page_config = config
        size = len(gzip.compress(self.html().encode()))
        if size > LARGEST:
            count = " × ".join(str(len(s.values)) for s in sliders)
            raise ValueError(
                f"the figure takes {size / 1000:.0f} kB gzipped, the most is {LARGEST / 1000:.0f}: "
                f"give fewer of the {len(config['x'])} positions or {count} slider values"
            )

    @property
    def value(self):
        """The slider's value; of several sliders a tuple."""
        found = tuple(s.values[k] for s, k in self._each(self.index, "index"))
        return found if len(found) > 1 else found[0]

    @value.setter
    def value(self, value):
        self.index = self._index_of("value", value)

    def words(self):
        """What the figure shows at the present value."""
        return self._page_config["words"][self._place()]

    def html(self):
        """The figure as it stands on a page, at the present value."""
        drawn = curves_chart(self._page_config, self._place())
        return page.figure(
            self.kind,
            self._page_config,
            {},
            {"index": self.index},
            page.curves_body(
                drawn,
                self._page_config["curves"],
                [(s.label, s.texts if s.is_choice else None) for s in self._sliders],
                self.words(),
            ),
            self._caption,
        )

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if bundled is not None else ({}, {})
        return {**data, "text/plain": self.words(), "text/html": self.html()}, metadata

    def _each(self, given, what):
        return zip(self._sliders, one_each(self._sliders, given, what), strict=True)

    def _check(self, index):
        """The index as it is kept: a number, or of several sliders a tuple of them."""
        if len(self._sliders) == 1:
            return whole("index", 0, len(self._sliders[0].values) - 1)(index)
        return tuple(s.check_index(k) for s, k in self._each(index, "index"))

    def _index_of(self, what, value):
        found = tuple(s.index_of(v) for s, v in self._each(value, what))
        return found if len(found) > 1 else found[0]

    def _place(self):
        """Where the present member stands in the lists of the configuration."""
        place = 0
        for s, k in self._each(self.index, "index"):
            place = place * len(s.values) + k
        return place


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


def _controls(sliders):
    if len(sliders) > 1:
        *most, last = (s.label for s in sliders)
        return f"controls for {', '.join(most)} and {last}"
    (only,) = sliders
    return f"a {'choice of' if only.is_choice else 'slider for'} {only.label}"


def _at(given, values):
    return given(*values) if callable(given) else given


def _lines(given):
    found = [(*line, "")[:3] for line in given]
    return [{"axis": _side(axis), "at": _rounded(at), "label": text} for axis, at, text in found]


def _bands(given):
    return [{"axis": _side(a), "from": _rounded(lo), "to": _rounded(hi)} for a, lo, hi in given]


def _side(axis):
    if axis not in ("x", "y"):
        raise ValueError(f'a line or band stands on "x" or "y", got {axis!r}')
    return axis


def _summaries(summary, sliders, settings):
    if summary is None:
        parts = ([s.in_words(v) for s, v in zip(sliders, row, strict=True)] for row in settings)
        return [", ".join(found) + "." for found in parts]
    if callable(summary):
        return [summary(*values) for values in settings]
    if len(sliders) > 1:
        raise ValueError(f"with {len(sliders)} sliders summary must be a function of their values")
    found = list(summary)
    if len(found) != len(settings):
        raise ValueError(f"the slider has {len(settings)} values but {len(found)} summaries")
    return found


def _rounded(value, count=4):
    """A number with few digits, whole ones without a point; None for a gap."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{count}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
