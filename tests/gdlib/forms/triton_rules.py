"""Checks under Triton's interpreter: every rule against its NumPy form.

Started by test_triton_interpreted.py, or by hand:

TRITON_INTERPRET=1 python -m pytest tests/gdlib/forms/triton_rules.py
"""

import numpy as np
import pytest
import torch

from gdlib.clip import by_global_norm
from gdlib.forms.pytorch import torch_optimizer
from gdlib.forms.source import elementwise_rules
from gdlib.optim import adam, gradient_descent, schedule_free_adamw
from gdlib.rule import hyperparameters, short_name, state_kinds
from gdlib.variant import variant

RULES = elementwise_rules()
EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=short_name)
SHAPES = [(1,), (15,), (16,), (0,), (17,), (3, 341), (1025,)]


class Reference:
    """The rule itself on NumPy arrays, in the dtype of the kernel's arithmetic."""

    def __init__(self, rule, arrays):
        self.rule, self.x = rule, [a.copy() for a in arrays]
        self.state = [rule.init(a) for a in arrays]

    def step(self, gradients, **hyper):
        for i, g in enumerate(gradients):
            if g is not None:
                self.x[i], self.state[i] = self.rule.step(self.x[i], g, self.state[i], **hyper)


def tensors(arrays, dtype):
    found = [torch.tensor(a, dtype=dtype, requires_grad=True) for a in arrays]
    for p in found:
        p.grad_dtype = None  # gradients may have another dtype than the parameter
    return found


def assert_agree(optimizer, parameters, reference, rtol, atol):
    for i, p in enumerate(parameters):
        master = optimizer.state[p].get("master", p).detach().numpy()
        np.testing.assert_allclose(master, reference.x[i], rtol, atol, err_msg=f"x {i}")
        for field, kind in state_kinds(optimizer.rule).items():
            got = optimizer.state[p][optimizer.key_of(field)].numpy()
            wanted = getattr(reference.state[i], field)
            limit = 1e-12 if kind == "scalar" else rtol
            np.testing.assert_allclose(got, wanted, limit, atol, err_msg=f"{field} {i}")


@EACH_RULE
def test_50_steps_in_float32_on_awkward_sizes_are_the_rule(rule):
    rng = np.random.default_rng(1)
    start = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
    parameters, reference = tensors(start, torch.float32), Reference(rule, start)
    optimizer = torch_optimizer(rule)(parameters, implementation="triton")
    for k in range(50):
        gradients = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
        if k in (20, 21):  # two tensors stand still, and their step counts with them
            gradients[1] = gradients[6] = None
        for p, g in zip(parameters, gradients, strict=True):
            p.grad = None if g is None else torch.tensor(g)
        optimizer.step()
        reference.step(gradients, **hyperparameters(rule))
    assert_agree(optimizer, parameters, reference, 1e-5, 1e-6)


@EACH_RULE
def test_20_clipped_steps_in_float64_with_scalars_on_the_device_are_the_rule(rule):
    rng = np.random.default_rng(2)
    start = [rng.normal(size=n) for n in (17, 1023)]
    parameters, reference = tensors(start, torch.float64), Reference(rule, start)
    optimizer = torch_optimizer(rule)(parameters, implementation="triton", max_norm=30.0)
    for k in range(20):
        gradients = [rng.normal(size=n) * (0.5 if k % 2 else 2) for n in (17, 1023)]
        for p, g in zip(parameters, gradients, strict=True):
            p.grad = torch.tensor(g)
        optimizer.step()
        clipped = by_global_norm(gradients, max_norm=30.0)
        np.testing.assert_allclose(optimizer.norm.item(), clipped.norm, 1e-14)
        reference.step(clipped.gradients, **hyperparameters(rule))
    optimizer.check()
    assert_agree(optimizer, parameters, reference, 1e-9, 1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("master", [False, True], ids=["float32", "master"])
@pytest.mark.parametrize("rule", [adam, schedule_free_adamw], ids=short_name)
def test_half_precision_is_float32_inside(rule, master, dtype):
    rng = np.random.default_rng(3)
    of_parameters = dtype if master else torch.float32
    parameters = tensors([rng.normal(size=n) for n in (15, 1040)], of_parameters)
    start = [p.detach().float().numpy() for p in parameters]
    reference = Reference(rule, start)
    optimizer = torch_optimizer(rule)(parameters, implementation="triton")
    for _ in range(20):
        for p in parameters:
            p.grad = torch.tensor(rng.normal(size=p.shape)).to(dtype)
        optimizer.step()
        reference.step([p.grad.float().numpy() for p in parameters], **hyperparameters(rule))
    assert_agree(optimizer, parameters, reference, 1e-5, 1e-6)
    for p, x in zip(parameters, reference.x, strict=True):
        assert ("master" in optimizer.state[p]) == master
        torch.testing.assert_close(p.detach(), torch.tensor(x).to(of_parameters))


def test_constants_keep_their_float64_digits_and_every_function_its_meaning():
    every = (
        "0.3 * g**3 + maximum(minimum(g, 0.7), -0.3) + sign(g) * (0.1 + abs(g))**1.3"
        " - exp(0.1 * g) * sin(g) * cos(g) + where(g > 0.2, sqrt(g * g), 2 / 3)"
    )
    rule = variant(gradient_descent, ("lr * g", f"lr * ({every})"))
    g = np.array([-2, -0.3, -0.0, 0.0, 0.2, 0.7, 1, np.inf, np.nan])
    [p] = tensors([np.ones(9)], torch.float64)
    p.grad = torch.tensor(g)
    optimizer = torch_optimizer(rule)([p], lr=0.7, implementation="triton")
    with np.errstate(invalid="ignore"):
        optimizer.step()
        wanted, _ = rule.step(np.ones(9), g, rule.init(g), lr=0.7)
    np.testing.assert_allclose(p.detach().numpy(), wanted, rtol=1e-15, atol=1e-15)
