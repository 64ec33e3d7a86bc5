"""Figures of the book: contours with paths, loss curves, sweeps. One style, one colour a rule.

Figures have a transparent ground and dark ink; in dark mode the site inverts their lightness and
keeps their hues.
"""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

from gdlib.palette import CYCLE, colour
from gdlib.rule import short_name

INK, FAINT = "#222222", "#d9d9d9"
_STYLE = {
    "figure.figsize": (6.2, 3.2),
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "font.size": 10,
    "font.family": "sans-serif",
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "gdlib",
}


def style():
    """Set the book's style; in a notebook also make figures SVG."""
    mpl.rcParams.update(_STYLE)
    if "inline" in mpl.get_backend():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg")


def label(history):
    """How a legend calls a run: its rule, its hyperparameters, and whether it diverged."""
    name = short_name(history.rule).replace("_", " ")
    given = [f"{n} {v:.4g}" for n, v in history.hyper.items() if isinstance(v, float)]
    end = [f"diverged at step {history.stopped_at}"] if history.diverged else []
    return ", ".join([name, *given, *end])


def contours(objective, ax=None, window=None, levels=14):
    """Draw the level lines of an objective of two variables, closer together near the minimum.

    window: ((left, right), (bottom, top)), default the objective's own. Returns the axes.
    """
    if objective.dimension != 2:
        raise ValueError(f"a map needs two variables, {objective.name} has {objective.dimension}")
    ax = ax or plt.gca()
    (left, right), (bottom, top) = window or objective.window
    x, y = np.meshgrid(np.linspace(left, right, 161), np.linspace(bottom, top, 161))
    f = objective.value(np.stack([x, y], axis=-1))
    heights = f.min() + (f.max() - f.min()) * np.linspace(0, 1, levels + 2)[1:-1] ** 3
    ax.contour(x, y, f, heights, colors=INK, alpha=0.28, linewidths=0.8)
    if objective.minima:
        ax.plot(*np.transpose(objective.minima), "+", color=INK, markersize=8)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y", aspect="equal")
    return ax


def paths(*histories, ax=None, labels=None, window=None, legend=True):
    """Draw the contours of the histories' common objective and the path of each run.

    Raises ValueError when they descend different objectives or a history holds many runs.
    """
    _single(histories)
    objectives = {(h.objective.name, *h.objective.parameters.items()) for h in histories}
    if len(objectives) != 1:
        raise ValueError(f"paths needs one objective, got {len(objectives)}: {sorted(objectives)}")
    ax = contours(histories[0].objective, ax, window)
    texts = labels or map(label, histories)
    for history, look, text in zip(histories, _looks(histories), texts, strict=True):
        ax.plot(*history.x.T, marker=".", markersize=4, lw=1.2, **look, label=text)
        ax.plot(*history.x[0], "o", markersize=7, mfc="none", color=INK)
    if legend:
        ax.legend(loc="upper right")
    return ax


def losses(*histories, ax=None, labels=None, log=True, legend=True):
    """Draw f over steps; a run that diverged ends with a cross where it did.

    On the log scale f must be positive: pass ``log=False`` for objectives that are not.
    """
    _single(histories)
    ax = ax or plt.gca()
    texts = labels or map(label, histories)
    for history, look, text in zip(histories, _looks(histories), texts, strict=True):
        ax.plot(history.f, **look, label=text)
        if history.diverged:
            ax.plot(len(history.f) - 1, history.f[-1], "x", color=look["color"], markersize=8)
    ax.set(xlabel="step", ylabel="f", yscale="log" if log else "linear")
    if legend:
        ax.legend(loc="best")
    return ax


def compare(*histories, labels=None, log=True, window=None):
    """A figure of two: the paths on the left, f over steps on the right, one legend above.

    Returns the figure and its two axes.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), width_ratios=[1.25, 1])
    paths(*histories, ax=axes[0], labels=labels, window=window, legend=False)
    losses(*histories, ax=axes[1], labels=labels, log=log, legend=False)
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside upper left", ncols=1)
    return figure, axes


def heat_map(history, x, y, ax=None, vmin=1e-12):
    """Draw the final f of a sweep over ``grid(x=…, y=…)``; runs that diverged stay blank.

    Arguments: x and y, names of the two swept hyperparameters; vmin, where the scale of
    log10 f ends below. Returns the axes.
    """
    ax = ax or plt.gca()
    axis_x, axis_y = (np.unique(history.hyper[name]) for name in (x, y))
    shape = (len(axis_y), len(axis_x))
    if history.f.shape[1:] != (np.prod(shape),):
        raise ValueError(
            f"a heat map of shape {shape} needs {np.prod(shape)} runs from grid(), "
            f"got {history.f.shape[1:]}"
        )
    final = np.log10(np.maximum(history.f[-1], vmin))
    final = np.where(history.diverged, np.nan, final).reshape(shape)
    worst = np.log10(history.f[0].max())
    mesh = ax.pcolormesh(axis_x, axis_y, final, vmax=worst, cmap="viridis", rasterized=True)
    ax.set(xlabel=x, ylabel=y)
    text = "log10 of f at the end\n(brightest: above the start)"
    ax.figure.colorbar(mesh, ax=ax, label=text, extend="max")
    return ax


def _looks(histories):
    """Colour and line of each run: its rule's colour; dashed for variants, paler when repeated."""
    seen = {}
    for history in histories:
        original = getattr(history.rule, "variant_of", history.rule)
        line = "-" if original is history.rule else "--"
        nth = seen[history.rule] = seen.get(history.rule, -1) + 1
        shade = np.array(mpl.colors.to_rgb(colour(short_name(original))))
        paler = mpl.colors.to_hex(1 - (1 - shade) * 0.6**nth)
        yield {"color": paler, "linestyle": line}


def _single(histories):
    if not histories:
        raise ValueError("give at least one history, got none")
    for history in histories:
        if history.f.ndim > 1:
            raise ValueError(f"one run each is wanted, got {history!r}; use heat_map for sweeps")
