"""What every rule listed in ``gdlib.optim.RULES`` promises."""

import copy
import inspect

import numpy as np
import pytest
import torch

from gdlib.forms.javascript import rule_javascript
from gdlib.forms.pytorch import torch_optimizer
from gdlib.forms.source import SourceError, read_init, read_step, why_not_elementwise
from gdlib.ops import Array
from gdlib.optim import RULES, lamb, muon
from gdlib.rule import hyperparameters, short_name

EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=short_name)
# Those that read as a formula, and of these the ones whose components go their own ways.
READABLE = [rule for rule in RULES if rule is not muon]
ELEMENTWISE = [rule for rule in READABLE if rule is not lamb]


def hard_gradients(steps, shape, seed=0):
    """Gradients as a training run may meet them: of all sizes, and now and then zero."""
    rng = np.random.default_rng(seed)
    gradients = rng.standard_normal((steps, *shape))
    gradients[5::17] = 0
    gradients[7::23] *= 1e-12
    gradients[11::29] *= 1e8
    return gradients


def walk(rule, x, gradients, **hyper):
    """Yield x after each of the given gradients."""
    state = rule.init(x)
    for g in gradients:
        x, state = rule.step(x, g, state, **hyper)
        yield x


@EACH_RULE
def test_rule_is_its_module(rule):
    parameters = list(inspect.signature(rule.step).parameters.values())
    assert [p.name for p in parameters[:3]] == ["x", "g", "state"]
    assert all(isinstance(p.default, int | float) for p in parameters[3:])
    assert parameters[3].name == "lr"
    kinds = getattr(rule.State, "__annotations__", {}).values()
    assert set(kinds) <= {Array, float, int}
    for part in (rule, rule.State, rule.init, rule.step):
        assert part.__doc__
    assert "Source:" in rule.__doc__
    assert "Frameworks:" in rule.__doc__


@pytest.mark.parametrize("rule", READABLE, ids=short_name)
def test_rule_is_in_the_subset(rule):
    program = read_step(rule)
    assert len(program.results) == 1 + len(program.state)
    assert len(read_init(rule).results) == len(program.state)


@EACH_RULE
def test_rule_outside_the_subset_is_refused_with_line_and_reason(rule):
    reason = why_not_elementwise(rule)
    assert (reason is None) == (rule in ELEMENTWISE)
    if reason:
        assert "JavaScript" in rule.__doc__
        with pytest.raises(SourceError, match=f"{short_name(rule)} has no JavaScript form"):
            rule_javascript(rule)


@EACH_RULE
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,)])
def test_shape_dtype_and_scalars_are_kept(rule, dtype, shape):
    x = np.ones(shape, dtype)
    if rule is muon and len(shape) != 2:
        with pytest.raises(ValueError, match="Muon is for matrices"):
            rule.init(x)
        return
    state = rule.init(x)
    for g in hard_gradients(30, shape).astype(dtype):
        x, state = rule.step(x, g, state)
        assert x.shape == shape
        assert x.dtype == dtype
        for field, kind in getattr(rule.State, "__annotations__", {}).items():
            value = getattr(state, field)
            if kind is Array:
                assert value.shape == shape
                assert value.dtype == dtype
            else:
                assert type(value) is kind


@EACH_RULE
def test_nothing_is_mutated(rule):
    x = np.array([[1.0, -2.0]])
    gradients = hard_gradients(3, (1, 2))
    _, state = rule.step(x, gradients[0], rule.init(x))
    before = copy.deepcopy((x, gradients[1], state))
    rule.step(x, gradients[1], state)
    for old, new in zip(before[:2], (x, gradients[1]), strict=True):
        assert (old == new).all()
    for old, new in zip(before[2], state, strict=True):
        assert np.all(old == new)


@EACH_RULE
def test_step_does_not_share_memory_with_its_inputs(rule):
    x, g = np.ones((1, 2)), np.ones((1, 2))
    state = rule.init(x)
    moved, new = rule.step(x, g, state)
    for result in (moved, *(v for v in new if isinstance(v, np.ndarray))):
        assert not np.shares_memory(result, x)
        assert not np.shares_memory(result, g)


@EACH_RULE
def test_torch_form_equals_numpy_over_200_hard_steps(rule):
    gradients = hard_gradients(200, (5, 1))
    x = np.linspace(-2, 2, 5)[:, None]
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch_optimizer(rule)([parameter], lr=0.02)
    for expected, g in zip(walk(rule, x, gradients, lr=0.02), gradients, strict=True):
        parameter.grad = torch.tensor(g)
        optimizer.step()
        np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=short_name)
def test_broadcasting_over_50_values_equals_50_runs(rule):
    gradients = hard_gradients(60, (3,))
    betas = [n for n in hyperparameters(rule) if n.startswith(("beta", "rho"))]
    swept = {"lr": np.geomspace(1e-4, 1e-1, 50)}
    swept |= {name: np.linspace(0.05, 0.995, 50) for name in betas}
    for name, values in swept.items():
        x = np.broadcast_to(np.array([1.0, -2.0, 0.5]), (50, 3)).copy()
        *_, together = walk(rule, x, gradients, **{name: values[:, None]})
        for i, value in enumerate(values):
            *_, alone = walk(rule, x[i], gradients, **{name: float(value)})
            np.testing.assert_allclose(together[i], alone, rtol=1e-14)
