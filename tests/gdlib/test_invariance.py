"""The invariances found by running are those that theory gives."""

import pytest

from gdlib.invariance import invariances
from gdlib.optim import RULES, adam, adamw, gradient_descent, lamb, muon, radam
from gdlib.rule import short_name
from gdlib.variant import variant

LINEAR = {"gradient_descent", "momentum", "nesterov"}
# LAMB's step grows with the weights; the others decay them, by default.
KNOW_THE_ORIGIN = {"adamw", "lamb", "muon"}


@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_every_rule(rule):
    name = short_name(rule)
    # RAdam is momentum, with the gradient's units, until it trusts its second moment.
    assert invariances(rule) == {
        "scale": name not in LINEAR | {"radam"},
        "sign": True,
        "rotation": name in LINEAR | {"muon"},
        "translation": name not in KNOW_THE_ORIGIN,
    }


@pytest.mark.parametrize(
    ("rule", "patch", "lost"),
    [
        (adam, ("sqrt(v_hat)", "v_hat"), "scale"),
        (gradient_descent, ("lr * g", "lr * abs(g)"), "sign"),
        (gradient_descent, ("lr * g", "lr * sign(g)"), "rotation"),
        (gradient_descent, ("lr * g", "lr * (g + x)"), "translation"),
    ],
)
def test_a_patch_that_breaks_a_law_is_found(rule, patch, lost):
    assert invariances(rule)[lost]
    assert not invariances(variant(rule, patch))[lost]


def test_what_breaks_translation_is_the_decay():
    undecayed = variant(adamw, ("(1 - lr * weight_decay) * x", "x + 0 * weight_decay"))
    assert invariances(undecayed)["translation"]
    assert not invariances(lamb)["translation"]
    assert not invariances(muon)["translation"]
    assert not invariances(radam)["scale"]
