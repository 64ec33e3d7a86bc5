"""The descent figure as an object in Python, and the HTML it leaves on a page."""

import json
import re

import numpy as np
import pytest

from gdlib.descent import descend
from gdlib.forms.source import SourceError
from gdlib.least_squares import least_squares
from gdlib.objective import OBJECTIVES, Objective, kinked, quadratic, rosenbrock
from gdlib.optim import adam, gradient_descent, lamb, momentum, muon, nadam
from gdlib.variant import variant
from gdlib.widget import descent

HYPER = {"momentum": {"lr": 0.02, "beta": 0.8}, "adam": {"lr": 0.1}}


def two_rules(**options):
    return descent(
        quadratic, [momentum, adam], objectives=OBJECTIVES, hyper=HYPER, steps=50, **options
    )


def config_of(html):
    return json.loads(re.search(r'class="gdlib-config">(.*?)</script>', html, re.DOTALL)[1])


def test_hyperparameters_are_traits_of_the_first_rule_and_prefixed_for_others():
    w = two_rules()
    assert (w.lr, w.beta, w.adam_lr, w.adam_beta1, w.kappa) == (0.02, 0.8, 0.1, 0.9, 10.0)
    w.lr, w.adam_beta2, w.kappa = 0.3, 0.5, 100
    assert w.get_state(["lr", "adam_beta2", "kappa"]) == {
        "lr": 0.3,
        "adam_beta2": 0.5,
        "kappa": 100.0,
    }


def test_what_the_page_sends_arrives():
    w = two_rules()
    w.set_state({"lr": 0.05, "start": [1, -1], "active": ["adam"], "step": 3})
    assert (w.lr, w.start, w.active, w.step) == (0.05, [1.0, -1.0], ["adam"], 3)


def test_history_runs_a_rule_as_set():
    w = two_rules()
    w.lr, w.beta, w.kappa, w.start = 0.03, 0.5, 20, (1.0, 1.0)
    found = w.history()
    expected = descend(quadratic(kappa=20), (1.0, 1.0), momentum, 50, lr=0.03, beta=0.5)
    np.testing.assert_array_equal(found.x, expected.x)
    assert w.history("adam").hyper["lr"] == 0.1


def test_another_objective_begins_at_its_own_start():
    w = two_rules(start=(2, 1))
    w.objective = "rosenbrock"
    assert w.start == list(rosenbrock.start)
    w.objective = "quadratic"
    assert w.start == [2.0, 1.0]


def test_the_step_shown_follows_the_number_of_steps():
    w = two_rules()
    w.steps = 80
    assert w.step == 80
    w.step = 70
    w.steps = 60
    assert w.step == 60


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lr", -0.1, "lr must be positive, got -0.1"),
        ("lr", "fast", "lr must be a number, got 'fast'"),
        ("lr", True, "lr must be a finite number, got True"),
        ("adam_lr", float("nan"), "adam_lr must be a finite number, got nan"),
        ("beta", 1.0, "beta must be at least 0 and below 1, got 1.0"),
        ("kappa", 0, "kappa must be positive, got 0"),
        ("objective", "bowls", "objective must be one of quadratic, bowl, .*, got 'bowls'"),
        ("start", [1, 2, 3], r"start must be two numbers within ±1e\+06, got \[1, 2, 3\]"),
        ("start", [1, 1e7], "start must be two numbers"),
        ("steps", 0, "steps must be a whole number between 1 and 2000, got 0"),
        ("step", 51, "step must be a whole number between 0 and 50, got 51"),
        ("active", ["sgd"], "active must be one of momentum, adam, got 'sgd'"),
        ("active", "adam", "active must be a list of names, got 'adam'"),
    ],
)
def test_values_that_make_no_sense_are_refused_and_leave_the_old(name, value, message):
    w = two_rules()
    before = getattr(w, name)
    with pytest.raises(ValueError, match=message):
        setattr(w, name, value)
    assert getattr(w, name) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rules": []}, "rules must not be empty"),
        ({"rules": [adam, adam]}, "two of the rules are called 'adam'"),
        ({"hyper": {"adam": {}}}, "hyper: there is no 'adam'; there is momentum"),
        ({"hyper": {"momentum": {"rho": 1}}}, "hyper of momentum: there is no 'rho'"),
        ({"hyper": {"momentum": {"lr": 0}}}, "lr must be positive, got 0"),
        ({"ranges": {"momentum": {"lr": (1, 0.1)}}}, r"the range of lr must be \(low, high\)"),
        ({"ranges": {"quadratic": {"b": (1, 2)}}}, "ranges of quadratic: there is no 'b'"),
        ({"show": ("lr", "rho")}, "show: there is no 'rho'"),
        ({"objective": kinked}, "a map needs two variables, kinked has 1"),
        ({"steps": 5000}, "steps must be a whole number between 1 and 2000, got 5000"),
    ],
)
def test_figures_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        descent(**{"objective": quadratic, "rules": momentum, **options})


def test_a_rule_that_pages_cannot_run_is_refused_with_the_reason():
    for rule in (lamb, muon):
        with pytest.raises(SourceError, match="has no JavaScript form: "):
            descent(quadratic, [adam, rule])


def step_objective(x, y, step=1.0):
    return step * (x**2 + y**2)


def step_gradient(x, y, step=1.0):
    return 2 * step * x, 2 * step * y


def test_a_number_named_like_a_part_of_the_widget_is_refused():
    clash = Objective(
        "clash",
        step_objective,
        step_gradient,
        ((0.0, 0.0),),
        ((-1, 1), (-1, 1)),
        (1.0, 1.0),
        {"step": 1.0},
    )
    with pytest.raises(ValueError, match="'step' is taken by the widget"):
        descent(clash, momentum)


def test_text_states_the_result_to_three_digits():
    w = descent(quadratic, gradient_descent, hyper={"gradient_descent": {"lr": 0.21}}, steps=10)
    assert w._repr_mimebundle_()[0]["text/plain"] == (
        "On quadratic with κ = 10, from (−2.5, 1.2), where f = 10.3.\n"
        "gradient descent with η = 0.21: After 10 steps f = 48.5, 3.12 from the minimum (0, 0). "
        "Learning rate 0.21 is above the stability limit 0.2 (steepest curvature 10): each step "
        "overshoots by more than it corrects; in the long run the error grows by 10 % per step, "
        "and the run diverges."
    )


def test_text_says_at_which_step_a_run_diverged():
    w = descent(quadratic, gradient_descent, hyper={"gradient_descent": {"lr": 1.0}}, steps=50)
    stopped = w.history().stopped_at
    assert f"Diverges: out of bounds at step {stopped}, f = " in w.words()[1]
    w.step = 2
    assert w.words()[1].startswith("gradient descent with η = 1: After 2 steps f = 47200, ")
    assert f"Diverges: out of bounds at step {stopped}." in w.words()[1]


def test_the_html_holds_settings_code_picture_words_and_caption():
    html = two_rules(caption="Two rules & <one> bowl.")._repr_mimebundle_()[0]["text/html"]
    assert html.startswith('<figure class="gdlib-widget" data-kind="descent">')
    assert html.endswith("<figcaption>Two rules &amp; &lt;one&gt; bowl.</figcaption>\n</figure>")
    config = config_of(html)
    assert set(config["code"]) == {
        "rule:momentum",
        "rule:adam",
        *(f"objective:{o.name}" for o in OBJECTIVES),
    }
    assert config["state"]["lr"] == 0.02
    assert html.count("<script") == html.count("</script>") == 1
    assert 'aria-label="Map of quadratic with the path of momentum and adam, and its loss"' in html
    assert "On quadratic with κ&nbsp;=&nbsp;10" in html


def test_the_html_is_the_same_every_time_and_has_no_ids():
    first, second = two_rules().html(), two_rules().html()
    assert first == second
    assert " id=" not in first


def test_the_html_shows_the_present_state():
    w = two_rules()
    before = w.html()
    w.lr, w.objective = 0.001, "rosenbrock"
    config = config_of(w.html())
    assert config["state"]["lr"] == 0.001
    assert w.html() != before


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_the_still_picture_is_small(objective):
    html = descent(objective, [gradient_descent, momentum, adam]).html()
    pictures = re.findall(r'<svg class="gdlib-(?:plane|chart)".*?</svg></svg>', html, re.DOTALL)
    assert len(pictures) == 2
    assert sum(len(picture.encode()) for picture in pictures) < 16_000


def test_code_cannot_end_the_script_element():
    html = two_rules(alt="</script><script>alert(1)</script>").html()
    assert html.count("</script>") == 1


def test_sliders_can_be_chosen():
    config = config_of(descent(quadratic, adam).html())
    shown = {c["name"] for c in config["rules"][0]["hyper"] if c["shown"]}
    assert shown == {"lr", "beta1", "beta2"}
    config = config_of(descent(quadratic, adam, show=("eps",)).html())
    assert [c["name"] for c in config["rules"][0]["hyper"] if c["shown"]] == ["eps"]
    assert not config["objectives"][0]["parameters"][0]["shown"]


def test_ranges_are_widened_to_hold_the_first_value():
    w = descent(
        quadratic,
        momentum,
        hyper={"momentum": {"lr": 2.0}},
        ranges={"momentum": {"beta": (0.5, 0.999)}},
    )
    lr, beta = config_of(w.html())["rules"][0]["hyper"]
    assert (lr["lo"], lr["hi"]) == (1e-4, 2.0)
    assert (beta["lo"], beta["hi"], beta["scale"]) == (0.5, 0.999, "unit")


def test_momentum_decay_is_no_share_and_may_be_one_and_more():
    w = descent(quadratic, nadam)
    decay = config_of(w.html())["rules"][0]["hyper"][-1]
    assert (decay["name"], decay["lo"], decay["hi"], decay["scale"]) == (
        *("momentum_decay", 1e-4, 10.0, "log"),
    )
    w.momentum_decay = 1.0
    assert w.history().hyper["momentum_decay"] == 1.0


def test_a_variant_is_dashed_in_the_colour_of_its_rule():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
    plain, averaged = config_of(descent(quadratic, [momentum, ema]).html())["rules"]
    assert plain["colour"] == averaged["colour"]
    assert (plain["dashed"], averaged["dashed"]) == (False, True)


def test_an_objective_made_of_samples_has_no_sliders_for_its_numbers():
    w = descent(least_squares(), gradient_descent, hyper={"gradient_descent": {"lr": 0.5}})
    assert not any(c["shown"] for c in config_of(w.html())["objectives"][0]["parameters"])
    assert "from the minimum" in w.words()[1]


def test_nothing_active_leaves_the_map():
    w = two_rules(active=[])
    assert len(w.words()) == 1
    assert "Not shown." in w.html()
