"""The .grad of torch parameters is clipped where it is."""

import functools

import numpy as np
import pytest
import torch

from gdlib import clip


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    (net(torch.randn(5, 3)) ** 2).sum().backward()
    return net


def test_gradients_change_as_by_pytorch_and_stay_the_same_tensors(net):
    own = [p.grad for p in net.parameters()]
    before = [g.clone() for g in own]
    clipped = clip.in_place(clip.by_global_norm, net.parameters(), max_norm=0.1)
    assert all(p.grad is g for p, g in zip(net.parameters(), own, strict=True))
    for p, g in zip(net.parameters(), before, strict=True):
        p.grad = g
    norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)
    assert clipped.norm == pytest.approx(norm.item(), rel=1e-6)
    for p, g in zip(net.parameters(), own, strict=True):
        torch.testing.assert_close(g, p.grad, rtol=1e-5, atol=0)


def test_every_method_goes_with_names_and_without(net):
    methods = [
        functools.partial(clip.by_value, limit=0.01),
        functools.partial(clip.by_norm, max_norm=0.01),
        clip.adaptive,
    ]
    for method in methods:
        weights = {name: p.detach() for name, p in net.named_parameters()}
        expected = method({n: p.grad.clone() for n, p in net.named_parameters()}, weights)
        clipped = clip.in_place(method, net.named_parameters())
        for name, p in net.named_parameters():
            assert torch.equal(p.grad, expected.gradients[name])
            assert clipped.gradients[name] is p.grad
    assert list(clip.in_place(clip.adaptive, net.parameters()).gradients) == ["0", "1", "2", "3"]


def test_parameters_without_gradient_are_left_out(net):
    net[0].bias.grad = None
    clipped = clip.in_place(clip.by_norm, net.named_parameters(), max_norm=1.0)
    assert [*clipped.norm] == ["0.weight", "2.weight", "2.bias"]
    assert net[0].bias.grad is None


def test_one_tensor_alone_is_a_parameter():
    p = torch.nn.Parameter(torch.ones(2, 2))
    p.grad = torch.full((2, 2), 5.0)
    assert clip.in_place(clip.by_global_norm, p, max_norm=1.0).norm == 10
    assert p.grad.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_what_is_not_finite_leaves_every_gradient_as_it_was(net):
    net[2].bias.grad[0] = float("inf")
    before = [p.grad.clone() for p in net.parameters()]
    with pytest.raises(FloatingPointError, match=r"the gradient of 2\.bias has 0 NaN and 1 infin"):
        clip.in_place(clip.by_global_norm, net.named_parameters(), max_norm=0.1)
    clipped = clip.in_place(
        clip.by_global_norm, net.named_parameters(), max_norm=0.1, nonfinite="skip"
    )
    assert clipped.skipped
    assert clipped.nonfinite == "2.bias"
    for p, g in zip(net.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.grad, g)


def test_without_any_gradient_it_says_what_to_do():
    with pytest.raises(ValueError, match=r"no parameter has a gradient; call loss\.backward\(\)"):
        clip.in_place(clip.by_value, torch.nn.Linear(2, 2).parameters(), limit=1.0)
