"""Variants: what they change, what they share, and that a patch cannot drift."""

import inspect

import numpy as np
import pytest

from gdlib.optim import adam, momentum
from gdlib.variant import patched, variant


def test_variant_changes_the_step_and_shares_the_rest():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
    x, g = np.ones(2), np.full(2, 4.0)
    moved, state = ema.step(x, g, ema.init(x), lr=0.5, beta=0.75)
    assert state.v.tolist() == [1.0, 1.0]
    assert moved.tolist() == [0.5, 0.5]
    assert ema.State is momentum.State
    assert ema.init is momentum.init
    assert ema.variant_of is momentum
    assert ema.__name__ == "momentum_ema"


def test_source_of_a_variant_is_its_own():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"))
    assert "+ (1 - beta) * g" in inspect.getsource(ema.step)
    assert "+ (1 - beta) * g" not in inspect.getsource(momentum.step)


def test_variant_of_a_variant():
    once = variant(momentum, ("+ g", "+ (1 - beta) * g"))
    twice = variant(once, ("x - lr * v", "x + lr * v"))
    assert "(1 - beta) * g" in inspect.getsource(twice.step)
    assert "x + lr * v" in inspect.getsource(twice.step)


def test_patches_apply_in_order():
    changed = variant(adam, ("g**2", "abs(g)"), ("abs(g)", "abs(g) + 1"))
    assert "abs(g) + 1" in inspect.getsource(changed.step)


def test_patch_may_call_an_operation_that_the_rule_does_not_import():
    signs = variant(momentum, ("+ g", "+ sign(g)"))
    _, state = signs.step(np.zeros(2), np.array([-3.0, 5.0]), signs.init(np.zeros(2)))
    assert state.v.tolist() == [-1.0, 1.0]


@pytest.mark.parametrize(("old", "count"), [("beta1", 3), ("nonsense", 0)])
def test_patch_must_match_exactly_once(old, count):
    with pytest.raises(ValueError, match=f"matches {count} times"):
        variant(adam, (old, "x"))


def test_docstring_does_not_count():
    assert "One step of the heavy ball" in inspect.getsource(momentum.step)
    with pytest.raises(ValueError, match="matches 0 times"):
        variant(momentum, ("heavy ball", "light ball"))


def test_no_patch_and_no_function_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        variant(momentum)
    with pytest.raises(TypeError, match="defined by def"):
        patched(lambda x: x, ("x", "y"))


def test_name_of_a_patched_function():
    assert patched(momentum.step, ("+ g", "- g"), name="ascent").__name__ == "ascent"
