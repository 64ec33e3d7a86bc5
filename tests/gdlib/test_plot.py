"""What the figures hold: the runs' own numbers, one look a rule, and divergence marked."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from gdlib import plot
from gdlib.descent import descend, grid
from gdlib.objective import bowl, kinked, quadratic
from gdlib.optim import gradient_descent, momentum
from gdlib.palette import COLOURS
from gdlib.variant import variant


@pytest.fixture(autouse=True)
def _clean_figures():
    mpl.use("agg")
    yield
    plt.close("all")


def run(rule=gradient_descent, steps=20, **hyper):
    return descend(quadratic, quadratic.start, rule, steps, **hyper)


def test_path_shows_the_points_of_the_run_in_the_window():
    history = run(lr=0.1)
    ax = plot.paths(history)
    drawn = ax.get_lines()[1].get_xydata()
    np.testing.assert_array_equal(drawn, history.x)
    assert ax.get_xlim() == (-3, 3)
    assert ax.get_xlabel() == "x"


def test_losses_show_f_and_end_with_a_cross_where_a_run_diverged():
    history = run(steps=500, lr=0.3)
    assert history.diverged
    ax = plot.losses(history)
    curve, cross = ax.get_lines()
    np.testing.assert_array_equal(curve.get_ydata(), history.f)
    assert cross.get_marker() == "x"
    assert cross.get_xdata() == [len(history.f) - 1]
    assert f"diverged at step {history.stopped_at}" in curve.get_label()


def test_rule_keeps_its_colour_and_a_variant_is_dashed():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
    ax = plot.losses(run(lr=0.1), run(momentum, lr=0.1), run(ema, lr=0.5), run(momentum, lr=0.02))
    colours = [line.get_color() for line in ax.get_lines()]
    assert colours[:3] == [COLOURS[n] for n in ("gradient_descent", "momentum", "momentum")]
    assert colours[3] not in colours[:3]
    assert [line.get_linestyle() for line in ax.get_lines()] == ["-", "-", "--", "-"]


def test_labels_name_rule_and_hyperparameters():
    assert plot.label(run(momentum, lr=0.1, beta=0.5)) == "momentum, lr 0.1, beta 0.5"


def test_comparison_has_one_legend_for_both_sides():
    figure, (left, right) = plot.compare(run(lr=0.1), run(momentum, lr=0.05))
    assert len(figure.legends) == 1
    assert left.get_legend() is None
    assert right.get_legend() is None


def test_heat_map_puts_each_run_where_its_hyperparameters_say():
    axes = grid(lr=[0.05, 0.1, 0.5], beta=[0.0, 0.6])
    history = run(momentum, steps=400, **axes)
    ax = plot.heat_map(history, "lr", "beta")
    values = ax.collections[0].get_array()
    assert values.shape == (2, 3)
    assert np.ma.getmaskarray(np.ma.masked_invalid(values)).tolist() == [[False, False, True]] * 2
    alone = run(momentum, steps=400, lr=0.1, beta=0.6)
    assert values[1, 1] == pytest.approx(np.log10(max(alone.f[-1], 1e-12)))


def test_mistaken_calls_are_refused():
    with pytest.raises(ValueError, match="at least one history"):
        plot.losses()
    with pytest.raises(ValueError, match="one run each is wanted"):
        plot.losses(run(lr=np.array([0.1, 0.2])))
    other = descend(bowl, [1.0, 1.0], gradient_descent, 5, lr=0.1)
    with pytest.raises(ValueError, match="paths needs one objective, got 2"):
        plot.paths(run(lr=0.1), other)
    with pytest.raises(ValueError, match="needs 4 runs from grid"):
        plot.heat_map(
            run(momentum, lr=np.array([0.1, 0.2]), beta=np.array([0.1, 0.2])), "lr", "beta"
        )
    one = descend(kinked, [3.3], momentum, 5, lr=0.1)
    with pytest.raises(ValueError, match="two variables"):
        plot.paths(one)


def test_style_changes_matplotlib_settings_only():
    with mpl.rc_context():
        plot.style()
        assert mpl.rcParams["svg.hashsalt"] == "gdlib"
        assert mpl.rcParams["axes.facecolor"] == "none"
