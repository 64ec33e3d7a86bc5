import numpy as np
import pytest
import torch

from gdlib.layers import Linear


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 4, 3)])
def test_linear_agrees_with_torch(compare_with_torch, shape):
    compare_with_torch(
        Linear(3, 4), torch.nn.Linear(3, 4), np.random.default_rng(0).normal(size=shape)
    )


def test_a_wrong_last_axis_is_refused():
    layer = Linear(3, 4).initialize()
    with pytest.raises(ValueError, match=r"takes x of shape \(…, 3\), got \(5, 2\)"):
        layer(np.ones((5, 2)))


def test_the_default_weight_is_spread_as_in_torch():
    weight = Linear(100, 400).initialize(seed=0).weight.data
    assert abs(weight).max() <= 0.1
    assert weight.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.01)


def test_without_bias_it_agrees_with_torch(compare_with_torch):
    x = np.random.default_rng(0).normal(size=(5, 3))
    compare_with_torch(Linear(3, 4, bias=None), torch.nn.Linear(3, 4, bias=False), x)


def test_a_truth_value_for_the_bias_is_refused():
    with pytest.raises(TypeError, match="None for no bias"):
        Linear(3, 4, bias=False)
