"""What all the modules owe to torch's autograd, whatever they compute."""

import copy

import pytest
import torch

from gdlib import nn

MODULES = [
    nn.BatchNorm2d(6),
    nn.BatchNorm2d(6).eval(),
    nn.GroupNorm(3, 6),
    nn.InstanceNorm2d(6, affine=True),
    nn.LayerNorm((3, 2)),
    nn.RMSNorm((3, 2)),
]
PLAIN = [
    nn.BatchNorm2d(6, affine=False),
    nn.GroupNorm(3, 6, affine=False),
    nn.LayerNorm(2, elementwise_affine=False),
    nn.RMSNorm(2, elementwise_affine=False),
]
SHAPE = (4, 6, 3, 2)


def called(module):
    return f"{type(module).__name__}{'' if module.training else ' in evaluation'}"


every_module = pytest.mark.parametrize("module", MODULES, ids=called)


def on(device, module, dtype=torch.float64):
    return copy.deepcopy(module).to(device, dtype)


@every_module
def test_gradients_agree_with_finite_differences(module, device, parity):
    module = on(device, module)
    names = [name for name, _ in module.named_parameters()]

    def f(x, *parameters):
        given = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(module, given, (x,))

    inputs = [parity.drawn(SHAPE, device), *(parity.drawn(p.shape) for p in module.parameters())]
    inputs = [x.to(device).requires_grad_() for x in inputs]
    assert torch.autograd.gradcheck(f, inputs)


@every_module
def test_a_second_derivative_is_an_error_and_not_a_wrong_number(module, device, parity):
    x = parity.drawn(SHAPE, device).requires_grad_()
    y = on(device, module)(x)
    [g] = torch.autograd.grad((y**3).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate twice"):
        (g**2).sum().backward()


@every_module
def test_without_a_gradient_nothing_is_recorded(module, device, parity):
    module, x = on(device, module), parity.drawn(SHAPE, device)
    y = module(x)
    assert y.requires_grad
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            quiet = module(x)
        assert not quiet.requires_grad
        assert torch.equal(quiet, y)


@every_module
def test_frozen_parameters_and_inputs_get_no_gradient(module, device, parity):
    module, x = on(device, module), parity.drawn(SHAPE, device)
    module(x).sum().backward()
    assert x.grad is None
    assert all(p.grad is not None for p in module.parameters())
    module.zero_grad()
    module.requires_grad_(False)
    x.requires_grad_()
    module(x).sum().backward()
    assert x.grad is not None
    assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("module", [*MODULES, *PLAIN], ids=called)
def test_the_result_may_be_overwritten_by_what_follows(module, device, parity):
    module = on(device, module)
    found = []
    for inplace in (False, True):
        follows = torch.nn.Sequential(module, torch.nn.ReLU(inplace=inplace))
        g = parity.drawn(SHAPE, device, seed=1)
        found.append(parity.forward_backward(follows, parity.drawn(SHAPE, device), g))
    for a, b in zip(*found, strict=True):
        assert torch.equal(a, b)


def test_an_input_overwritten_before_the_backward_pass_is_no_wrong_number(device, parity):
    module = on(device, nn.BatchNorm2d(6)).eval()
    x = parity.drawn(SHAPE, device)
    y = module(x)
    x.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@every_module
def test_the_graph_may_be_kept_for_a_second_walk(module, device, parity):
    x = parity.drawn(SHAPE, device).requires_grad_()
    y = (on(device, module)(x) ** 3).sum()
    [first] = torch.autograd.grad(y, x, retain_graph=True)
    [second] = torch.autograd.grad(y, x)
    assert torch.equal(first, second)
    with pytest.raises(RuntimeError, match="a second time"):
        torch.autograd.grad(y, x)


@every_module
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_statistics_of_half_types_are_accumulated_in_float32(module, dtype, device, parity):
    """A mean of 300 at a standard deviation of 3: in bfloat16 sums its variance would be lost."""
    x = (300 + parity.drawn((40, 6, 3, 2), device)).to(dtype)
    double = on(device, module)(x.double())
    half = on(device, module, torch.float32)(x)
    assert half.dtype == dtype
    spacing = torch.finfo(dtype).eps
    torch.testing.assert_close(half.double(), double, rtol=spacing, atol=spacing)


@every_module
def test_autocast_changes_no_digit(module, device, parity):
    module = on(device, module, torch.float32)
    x = parity.drawn(SHAPE, device, torch.float32)
    y = module(x)
    with torch.autocast(device.type, torch.bfloat16):
        assert torch.equal(module(x), y)


@every_module
def test_dtypes_that_do_not_fit_are_refused(module, device, parity):
    state = copy.deepcopy(module.state_dict())
    for x in (torch.float64, torch.float16), (torch.float32, torch.bfloat16):
        with pytest.raises(TypeError, match=r"give both one dtype"):
            on(device, module, x[1])(parity.drawn(SHAPE, device, x[0]))
    with pytest.raises(TypeError, match=r"real floating-point numbers, got x of torch\.int64"):
        on(device, module)(torch.ones(SHAPE, device=device, dtype=torch.int64))
    for name, value in module.state_dict().items():
        assert torch.equal(value, state[name])


def test_every_module_is_an_instance_of_torchs_of_the_same_name():
    for name in nn.__all__:
        assert issubclass(getattr(nn, name), getattr(torch.nn, name))
