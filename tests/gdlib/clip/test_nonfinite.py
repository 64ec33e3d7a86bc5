"""One number that is not finite stops the step instead of spoiling it in silence."""

import functools
import math

import numpy as np
import pytest
import torch

from gdlib.autograd import Parameters
from gdlib.clip import adaptive, by_global_norm, by_norm, by_value

METHODS = {
    "by_value": functools.partial(by_value, limit=1.0),
    "by_norm": functools.partial(by_norm, max_norm=1.0),
    "by_global_norm": functools.partial(by_global_norm, max_norm=1.0),
    "by_global_norm_1": functools.partial(by_global_norm, max_norm=1.0, order=1),
    "by_global_norm_inf": functools.partial(by_global_norm, max_norm=1.0, order=math.inf),
    "adaptive": adaptive,
}
FORMS = [np.asarray, torch.from_numpy]


def one_infinite(form):
    return [form(np.array([3.0, 4.0])), form(np.array([1.0, np.inf, 2.0]))]


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


@pytest.mark.parametrize("form", FORMS)
def test_the_default_raises_and_names_the_tensor(method, form):
    g, w = one_infinite(form), [form(np.ones(2)), form(np.ones(3))]
    with pytest.raises(
        FloatingPointError, match="gradient 1 has 0 NaN and 1 infinite of 3 numbers"
    ):
        method(g, w)
    named = dict(zip(["weight", "bias"], g, strict=True))
    weights = dict(zip(["weight", "bias"], w, strict=True))
    with pytest.raises(FloatingPointError, match="the gradient of bias has 0 NaN and 1 infinite"):
        method(named, weights)
    assert g[0].tolist() == [3, 4]


def test_a_flat_vector_names_its_part(method):
    parameters = Parameters({"0.weight": (2, 2), "0.bias": (2,)})
    g = np.array([1.0, 2, 3, 4, np.nan, np.nan])
    with pytest.raises(FloatingPointError, match=r"the gradient of 0\.bias has 2 NaN and 0 infin"):
        method(g, parameters)
    assert method(g, parameters, nonfinite="skip").nonfinite == "0.bias"


@pytest.mark.parametrize("form", FORMS)
def test_skip_returns_no_gradients_but_says_why(method, form):
    g = one_infinite(form)
    clipped = method(g, [form(np.ones(2)), form(np.ones(3))], nonfinite="skip")
    assert clipped.skipped
    assert clipped.gradients is None
    assert clipped.norm == math.inf
    assert clipped.nonfinite == "gradient 1"
    assert g[0].tolist() == [3, 4]
    finite = method([g[0]], [form(np.ones(2))], nonfinite="skip")
    assert not finite.skipped
    assert finite.nonfinite is None


def test_nan_wins_over_infinite_in_the_norm():
    g = [np.array([np.inf]), np.array([np.nan])]
    assert math.isnan(by_global_norm(g, max_norm=1.0, nonfinite="skip").norm)


def test_pytorch_turns_the_infinite_one_into_nan_and_all_others_into_zero():
    """What must not happen: the finite gradient [3, 4] is gone, and nothing said so."""
    parameters = [torch.zeros(2, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)]
    for p, g in zip(parameters, one_infinite(torch.from_numpy), strict=True):
        p.grad = g
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    assert parameters[0].grad.tolist() == [0, 0]
    assert parameters[1].grad[[0, 2]].tolist() == [0, 0]
    assert parameters[1].grad[1].isnan()


def test_pytorch_turns_large_finite_gradients_into_zero_and_ours_does_not():
    g = np.array([3e200, 4e200])
    p = torch.zeros(2, dtype=torch.float64)
    p.grad = torch.from_numpy(g.copy())
    torch.nn.utils.clip_grad_norm_([p], 1.0)
    assert p.grad.tolist() == [0, 0]
    np.testing.assert_allclose(by_global_norm(g, max_norm=1.0).gradients, [0.6, 0.8], rtol=1e-14)


def test_unknown_choices_are_refused(method):
    with pytest.raises(ValueError, match="nonfinite must be 'raise' or 'skip', got 'ignore'"):
        method(np.ones(2), np.ones(2), nonfinite="ignore")


def test_what_is_no_gradient_is_refused(method):
    with pytest.raises(
        TypeError, match=r"gradient 0 must be an array or a torch tensor, got float"
    ):
        method([100.0, 1.0], [1.0, 1.0])
    with pytest.raises(TypeError, match="the gradient must hold floating-point numbers, got int64"):
        method(np.array([1, 2]), np.ones(2))
    with pytest.raises(TypeError, match=r"the gradient of a must hold .* got torch\.int64"):
        method({"a": torch.tensor([1])}, {"a": torch.ones(1)})
    with pytest.raises(TypeError, match="NumPy arrays and torch tensors are mixed"):
        method([np.ones(1), torch.ones(1)], [np.ones(1), np.ones(1)])
    with pytest.raises(ValueError, match="there is no gradient; nothing can be clipped"):
        method([], [])
    with pytest.raises(ValueError, match=r"gradient 1 has shape \(0, 3\), no number at all"):
        method([np.ones(1), np.ones((0, 3))], [np.ones(1), np.ones((0, 3))])


def test_a_vector_of_another_length_is_refused():
    parameters = Parameters({"weight": (2, 2)})
    with pytest.raises(ValueError, match=r"parameters' vector, \(4,\), got \(5,\)"):
        by_norm(np.ones(5), parameters, max_norm=1.0)
