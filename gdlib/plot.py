"""Figures of the book: contours with paths, loss curves, sweeps. One style, one colour a rule.

Figures have a transparent ground and dark ink; in dark mode the site inverts their lightness and
keeps their hues.
"""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler

from gdlib.palette import CYCLE, colour

INK, FAINT = "#222222", "#d9d9d9"
_STYLE = {
    "figure.figsize": (7.0, 3.4),
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
    name = history.rule.__name__.rpartition(".")[2].replace("_", " ")
    given = [f"{n} {v:g}" for n, v in history.hyper.items() if isinstance(v, float)]
    end = [f"diverged at step {history.stopped_at}"] if history.diverged else []
    return ", ".join([name, *given, *end])


def contours(objective, ax=None, window=None, levels=14):
    """Draw the level lines of an objective of two variables, closer together near the minimum.

    window: ((left, right), (bottom, top)), default the objective's own. Returns the axes.
    """
    ax = ax or plt.gca()
    (left, right), (bottom, top) = window or objective.window
    x, y = np.meshgrid(np.linspace(left, right, 161), np.linspace(bottom, top, 161))
    f = objective.value(np.stack([x, y], axis=-1))
    heights = f.min() + (f.max() - f.min()) * np.linspace(0, 1, levels + 2)[1:-1] ** 3
    ax.contour(x, y, f, heights, colors=INK, alpha=0.28, linewidths=0.8)
    if objective.minima:
        ax.plot(*np.transpose(objective.minima), "+", color=INK, markersize=8)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
    return ax


def paths(*histories, ax=None, labels=None, window=None):
    """Draw the contours of the histories' common objective and the path of each run.

    Raises ValueError when they descend different objectives or a history holds many runs.
    """
    _single(histories)
    objectives = {(h.objective.name, *h.objective.parameters.items()) for h in histories}
    if len(objectives) != 1:
        raise ValueError(f"paths needs one objective, got {len(objectives)}: {sorted(objectives)}")
    ax = contours(histories[0].objective, ax, window)
    for history, text in zip(histories, labels or map(label, histories), strict=True):
        (line,) = ax.plot(*history.x.T, ".-", markersize=3.5, lw=1.2, **_look(history), label=text)
        ax.plot(*history.x[0], "o", markersize=6, mfc="none", color=line.get_color())
    ax.legend(loc="best", fontsize=9)
    return ax


def losses(*histories, ax=None, labels=None, log=True):
    """Draw f over steps; a run that diverged ends with a cross where it did.

    On the log scale f must be positive: pass ``log=False`` for objectives that are not.
    """
    _single(histories)
    ax = ax or plt.gca()
    for history, text in zip(histories, labels or map(label, histories), strict=True):
        (line,) = ax.plot(history.f, **_look(history), label=text)
        if history.diverged:
            ax.plot(len(history.f) - 1, history.f[-1], "x", color=line.get_color(), markersize=8)
    ax.set(xlabel="step", ylabel="f", yscale="log" if log else "linear")
    ax.legend(loc="best", fontsize=9)
    return ax


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
    mesh = ax.pcolormesh(axis_x, axis_y, final, cmap="viridis", shading="nearest", rasterized=True)
    ax.set(xlabel=x, ylabel=y)
    ax.figure.colorbar(mesh, ax=ax, label="log10 of the final f")
    return ax


def _look(history):
    """A rule has its colour; a variant its rule's colour, dashed."""
    original = getattr(history.rule, "variant_of", history.rule)
    line = "-" if original is history.rule else "--"
    return {"color": colour(original.__name__.rpartition(".")[2]), "linestyle": line}


def _single(histories):
    if not histories:
        raise ValueError("give at least one history, got none")
    for history in histories:
        if history.f.ndim > 1:
            raise ValueError(f"one run each is wanted, got {history!r}; use heat_map for sweeps")
