"""Curves with several sliders, and with names to choose from."""

import json
import re

import numpy as np
import pytest

from gdlib.widget import curves

GAINS, DEPTHS, NAMES = [0.5, 1.0, 2.0], [1, 2, 4, 8], ["sigmoid", "tanh"]


def config_of(html):
    return json.loads(re.search(r'class="gdlib-config">(.*?)</script>', html, re.DOTALL)[1])


def norms(**options):
    """Gradient norms over the layers: as many as the network is deep, the rest are gaps."""
    layers = np.arange(1, 9)
    family = np.full((3, 4, 2, 8), np.nan)
    for j, depth in enumerate(DEPTHS):
        norm = np.array(GAINS)[:, None] ** (depth - layers[:depth])
        family[:, j, :, :depth] = norm[:, None] * [[0.1], [1.0]]
    settings = {
        "slider": [("gain", GAINS), ("depth", DEPTHS)],
        "labels": NAMES,
        "xlabel": "layer",
        "ylabel": "gradient norm",
        "yscale": "log",
        "lines": lambda gain, depth: [("x", depth, f"{depth} layers")],
        "bands": lambda gain, depth: [("y", gain, 2 * gain)],
        "summary": lambda gain, depth: f"Gain {gain:g}, {depth} layers.",
    }
    return curves(layers, family, **{**settings, **options})


def activations(**options):
    settings = {
        "slider": [("activation", NAMES), ("gain", GAINS)],
        "labels": "norm",
        "xlabel": "layer",
        "ylabel": "gradient norm",
    }
    family = np.arange(2 * 3 * 5.0).reshape(2, 3, 5)
    return curves(range(5), family, **{**settings, **options})


def test_several_sliders_have_a_tuple_of_places_and_of_values():
    w = norms(initial=(2.0, 4))
    assert (w.index, w.value) == ((2, 2), (2.0, 4))
    w.index = (0, 3)
    assert w.value == (0.5, 8)
    w.value = (1.0, 2)
    assert w.index == (1, 1)
    w.set_state({"index": [2, 0]})
    assert w.value == (2.0, 1)
    assert norms().value == (0.5, 1)


def test_each_place_of_several_sliders_has_its_curves_lines_bands_and_words():
    w = norms()
    config = config_of(w.html())
    assert [s["texts"] for s in config["slider"]] == [["0.5", "1", "2"], ["1", "2", "4", "8"]]
    assert {len(config[k]) for k in ("y", "lines", "bands", "words")} == {12}
    for k, gain in enumerate(GAINS):
        for j, depth in enumerate(DEPTHS):
            w.index = (k, j)
            assert w.words() == f"Gain {gain:g}, {depth} layers."
            place = 4 * k + j
            assert config["words"][place] == w.words()
            assert config["lines"][place][0]["at"] == depth
            assert config["bands"][place][0]["to"] == 2 * gain
            expected = [gain ** (depth - layer) for layer in range(1, depth + 1)]
            assert config["y"][place][1][:depth] == pytest.approx(expected, rel=5e-4)
            assert config["y"][place][1][depth:] == [None] * (8 - depth)


def test_the_axis_holds_the_whole_family_and_the_still_picture_the_curves_shown():
    w = norms(initial=(2.0, 8))
    axis = config_of(w.html())["yaxis"]
    assert (axis["lo"], axis["hi"]) == pytest.approx(np.log10([0.1 * 0.5**7, 2**7]), rel=1e-8)
    drawn = [w.html()]
    w.value = (2.0, 2)
    drawn.append(w.html())
    lines = [re.findall(r'class="gdlib-line" d="([^"]+)"', d) for d in drawn]
    assert [len(found) for found in lines] == [4, 4]  # two curves and their keys in the legend
    assert len(lines[0][0]) > len(lines[1][0])
    assert config_of(norms(ylim=(1e-3, 1e3)).html())["yaxis"]["lo"] == -3


def test_names_are_chosen_from_with_room_for_each_on_the_page():
    w = activations(initial=("tanh", 1.0))
    assert (w.index, w.value) == ((1, 1), ("tanh", 1.0))
    w.value = ("sigmoid", 2.0)
    assert w.words() == "activation function: sigmoid, gain = 2."
    activation, gain = config_of(w.html())["slider"]
    assert activation == {"label": "activation function", "texts": NAMES, "choice": True}
    assert "choice" not in gain
    assert w.html().count('class="gdlib-option"') == 2
    assert "controls for activation function and gain" in w.html()


def test_a_single_choice_is_read_and_set_by_its_name():
    w = activations(slider=("activation", ["a", "b"]), labels=["1", "2", "3"], initial="b")
    assert (w.index, w.value) == (1, "b")
    w.value = "a"
    assert w.words() == "activation function: a."
    assert "with a choice of activation function" in w.html()


def test_a_list_with_one_slider_is_that_slider():
    one = ("activation", NAMES)
    found = [activations(slider=s, labels=["1", "2", "3"]) for s in (one, [one])]
    assert found[0].html() == found[1].html()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slider": []}, r"slider must be \(name, values\), or a list of one to 3 of these"),
        ({"slider": [("a", [1, 2])] * 4}, "list of one to 3 of these, got"),
        ({"slider": [("gain", GAINS)] * 2}, "two sliders are called 'gain'"),
        ({"slider": [("gain", GAINS), "depth"]}, r"a slider must be \(name, values\), got 'depth'"),
        ({"slider": ("gain", "depth")}, "values of the slider 'gain' must be a list, got 'depth'"),
        ({"slider": [("gain", [1.0])]}, "the slider 'gain' needs two values or more"),
        ({"slider": [("gain", [1, "two"])]}, "all be finite numbers or all be names, got 'two'"),
        ({"slider": [("gain", [1, np.nan])]}, "all be finite numbers or all be names, got nan"),
        ({"slider": [("gain", [1, 2, 1])]}, "the slider 'gain' has the value 1 twice"),
        (
            {"slider": [("depth", DEPTHS), ("gain", GAINS)]},
            r"of depth, places of gain, .*\(4, 3, 2,",
        ),
        ({"initial": (1.0,)}, r"initial must have one entry for each slider \(gain, depth\)"),
        ({"initial": 1.0}, "initial must have one entry for each slider"),
        ({"initial": (1.0, 3)}, "the slider 'depth' has no value 3; it has: 1, 2, 4, 8"),
        ({"initial": (1.0, "tanh")}, "the slider 'depth' has no value 'tanh'"),
        ({"summary": ["one"]}, "with 2 sliders summary must be a function of their values"),
    ],
)
def test_sliders_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        norms(**options)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ((0, 4), "index of depth must be a whole number between 0 and 3, got 4"),
        ((0,), r"index must have one entry for each slider \(gain, depth\), got \(0,\)"),
        (1, "index must have one entry for each slider"),
    ],
)
def test_places_beyond_several_sliders_are_refused(index, message):
    with pytest.raises(ValueError, match=message):
        norms().index = index


def test_a_family_that_would_weigh_too_much_names_its_sliders():
    noise = np.random.default_rng(0).standard_normal((10, 10, 1000))
    slider = [("gain", range(10)), ("depth", range(10))]
    with pytest.raises(ValueError, match="fewer of the 1000 positions or 10 × 10 slider values"):
        curves(range(1000), noise, slider=slider, labels="y", xlabel="x", ylabel="y")
