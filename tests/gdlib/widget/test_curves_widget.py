"""The curves figure as an object in Python, and the HTML it leaves on a page."""

import json
import re

import numpy as np
import pytest

from gdlib.widget import curves

LRS = np.array([0.05, 0.1, 0.2, 0.25])
X = np.linspace(0, 11, 23)


def factors(**options):
    settings = {
        "slider": ("lr", LRS),
        "labels": "|1 − ηλ|",
        "xlabel": "curvature λ",
        "ylabel": "factor per step",
        "lines": lambda lr: [("x", 2 / lr, "2/η"), ("y", 1)],
        "bands": [("x", 1, 10)],
        "summary": lambda lr: f"At λ = 10 the factor is {abs(1 - 10 * lr):.3g}.",
    }
    return curves(X, np.abs(1 - LRS[:, None] * X), **{**settings, **options})


def config_of(html):
    return json.loads(re.search(r'class="gdlib-config">(.*?)</script>', html, re.DOTALL)[1])


def test_the_value_can_be_read_and_set_by_place_or_value():
    w = factors(initial=0.2)
    assert (w.index, w.value) == (2, 0.2)
    w.index = 0
    assert w.value == 0.05
    w.value = 0.25
    assert w.index == 3
    w.set_state({"index": 1})
    assert w.value == 0.1


def test_the_words_are_those_of_the_value():
    w = factors(initial=0.25)
    bundle, _ = w._repr_mimebundle_()
    assert bundle["text/plain"] == "At λ = 10 the factor is 1.5."
    assert "At λ&nbsp;=&nbsp;10 the factor is 1.5." in bundle["text/html"]
    assert factors(summary=None).words() == "learning rate η = 0.05."


def test_the_html_holds_the_family_to_four_digits():
    config = config_of(factors().html())
    assert np.shape(config["y"]) == (4, 1, 23)
    np.testing.assert_allclose(
        np.array(config["y"])[:, 0], np.abs(1 - LRS[:, None] * X), rtol=5e-4, atol=1e-12
    )
    assert config["code"] == {}
    assert config["lines"][1] == [
        {"axis": "x", "at": 20, "label": "2/η"},
        {"axis": "y", "at": 1, "label": ""},
    ]
    assert config["bands"][0] == [{"axis": "x", "from": 1, "to": 10}]
    assert config["slider"]["texts"] == ["0.05", "0.1", "0.2", "0.25"]


def test_the_html_is_the_same_every_time_and_has_no_ids():
    assert factors().html() == factors().html()
    assert " id=" not in factors().html()


def test_log_axes_and_gaps_are_drawn():
    family = np.geomspace(1e-6, 1, 5)[:, None] * np.ones(7)
    family[0, 3] = np.nan
    w = curves(
        np.geomspace(0.01, 1, 7),
        family,
        slider=("step", range(5)),
        labels=["loss"],
        xlabel="lr",
        ylabel="f",
        xscale="log",
        yscale="log",
        colours=["adam"],
        dashed=["loss"],
    )
    config = config_of(w.html())
    assert config["yaxis"] == {"lo": -6, "hi": 0, "log": True, "label": "f"}
    assert config["y"][0][0][3] is None
    assert config["curves"] == [{"label": "loss", "colour": "#7b3fa0", "dashed": True}]
    assert "10⁻⁴" in w.html()
    assert w.html().count("gdlib-dashed") == 2


def test_a_figure_that_would_weigh_too_much_is_refused():
    noise = np.random.default_rng(0).standard_normal((100, 1, 1000))
    with pytest.raises(ValueError, match="kB gzipped, the most is 60: give fewer of the 1000"):
        curves(range(1000), noise, slider=("lr", range(100)), labels="y", xlabel="x", ylabel="y")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["a", "b"]}, r"family must have shape .* \(4, 2, 23\), got \(4, 1, 23\)"),
        ({"initial": 0.3}, "the slider 'lr' has no value 0.3; it has: 0.05, 0.1, 0.2, 0.25"),
        ({"xscale": "log", "xlim": (0, 1)}, r"x must span \(low, high\), positive if log"),
        ({"yscale": "sqrt"}, "yscale must be one of linear, log, got 'sqrt'"),
        ({"summary": ["one"]}, "the slider has 4 values but 1 summaries"),
        ({"lines": [("z", 1)]}, 'a line or band stands on "x" or "y", got \'z\''),
        ({"dashed": ["no"]}, "dashed: there is no curve 'no'"),
        ({"colours": ["#000000", "#111111"]}, "there are 1 curves but 2 colours"),
    ],
)
def test_figures_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        factors(**options)


def test_a_place_beyond_the_slider_is_refused():
    with pytest.raises(ValueError, match="index must be a whole number between 0 and 3, got 4"):
        factors().index = 4
