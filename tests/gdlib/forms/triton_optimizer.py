"""Checks under Triton's interpreter: the optimizer around the kernels.

Started by test_triton_interpreted.py, or by hand:

TRITON_INTERPRET=1 python -m pytest tests/gdlib/forms/triton_optimizer.py
"""

import copy
import io
import math

import numpy as np
import pytest
import torch

from gdlib.forms import triton_step
from gdlib.forms.pytorch import torch_optimizer
from gdlib.forms.triton_kernel import kernels
from gdlib.optim import adagrad, adam, gradient_descent, momentum, nadam

DATA = torch.randn(16, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def net(dtype=torch.float64):
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    return torch.nn.Sequential(*layers).to(dtype)


def train(model, optimizer, steps, scheduler=None):
    data = DATA.to(next(model.parameters()).dtype)
    for _ in range(steps):
        optimizer.zero_grad()
        (model(data) - data.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def assert_same(a, b, tolerance=1e-12):
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def fused(rule, parameters, **options):
    return torch_optimizer(rule)(parameters, implementation="triton", **options)


def plain(rule, parameters, **options):
    return torch_optimizer(rule)(parameters, implementation="plain", **options)


class Counting:
    """A kernel that counts its launches."""

    def __init__(self, kernel):
        self.kernel, self.launches = kernel, 0

    def __getitem__(self, grid):
        self.launches += 1
        return self.kernel[grid]


@pytest.mark.parametrize(("max_norm", "norms"), [(None, 0), (1.0, 1)])
def test_one_launch_serves_all_tensors_and_groups(monkeypatch, max_norm, norms):
    updates, sums = Counting(kernels(adam).update), Counting(triton_step.sum_squares)
    monkeypatch.setattr(kernels(adam), "update", updates)
    monkeypatch.setattr(triton_step, "sum_squares", sums)
    model = net()
    groups = [{"params": layer.parameters(), "lr": lr} for layer, lr in zip(model[::2], (0.1, 0.2))]  # noqa: B905
    train(model, fused(adam, groups, max_norm=max_norm), 1)
    assert (updates.launches, sums.launches) == (1, norms)


@pytest.mark.parametrize("max_norm", [None, 0.5])
def test_groups_and_schedules_go_as_in_the_plain_form(max_norm):
    results = []
    for kind in (fused, plain):
        model = net()
        groups = [
            {"params": model[0].parameters(), "lr": 0.2},
            {"params": model[2].parameters(), "betas": (0.5, 0.9)},
        ]
        optimizer = kind(adam, groups, lr=0.01, max_norm=max_norm)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
        results.append(train(model, optimizer, 10, schedule))
    assert_same(*results)


@pytest.mark.parametrize("max_norm", [None, math.inf])
@pytest.mark.parametrize(
    ("rule", "theirs", "options", "tolerance"),
    [
        (adam, torch.optim.Adam, {}, 1e-12),
        (nadam, torch.optim.NAdam, {}, 1e-7),  # whose product of momenta is in float32
        (adagrad, torch.optim.Adagrad, {}, 1e-12),
        (momentum, torch.optim.SGD, {"momentum": 0.9}, 1e-12),
    ],
)
def test_state_moves_between_plain_triton_and_torch_and_the_run_goes_on(
    rule, theirs, options, tolerance, max_norm
):
    def ours(parameters, **options):
        return fused(rule, parameters, max_norm=max_norm, **options)

    def reference(parameters, **options):
        return plain(rule, parameters, **options)

    def compiled(parameters, **options):
        return torch_optimizer(rule)(parameters, implementation="numba", **options)

    kinds = [ours, theirs, ours, reference, ours, *([compiled, ours] if rule is adam else [])]
    model, never_moved = net(), net()
    for i, kind in enumerate(kinds):
        optimizer = kind(model.parameters(), lr=0.05, **options)
        if i:
            optimizer.load_state_dict(torch.load(saved))  # noqa: F821
        train(model, optimizer, 4)
        saved = io.BytesIO()
        torch.save(optimizer.state_dict(), saved)
        saved.seek(0)
    whole = train(never_moved, theirs(never_moved.parameters(), lr=0.05, **options), 4 * len(kinds))
    assert_same(torch.cat([p.detach().ravel() for p in model.parameters()]), whole, tolerance)


def test_bfloat16_goes_on_from_its_master_copy_after_loading():
    model = net(torch.bfloat16)
    optimizer = fused(adam, model.parameters(), lr=0.01)
    train(model, optimizer, 5)
    other = copy.deepcopy(model)
    loaded = fused(adam, other.parameters())
    loaded.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert torch.equal(train(model, optimizer, 20), train(other, loaded, 20))
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        for key in ("master", "exp_avg", "exp_avg_sq"):
            assert optimizer.state[p][key].dtype == torch.float32
            assert torch.equal(optimizer.state[p][key], loaded.state[q][key])


def test_a_copied_optimizer_goes_on_by_itself():
    model = net()
    optimizer = fused(adam, model.parameters(), lr=0.05, max_norm=1.0)
    train(model, optimizer, 5)
    other, twin = copy.deepcopy((model, optimizer))
    assert torch.equal(train(model, optimizer, 5), train(other, twin, 5))


def step_once(p, g, **options):
    p.grad_dtype = None
    p.grad = g
    optimizer = fused(gradient_descent, [p], lr=1.0, **options)
    optimizer.step()
    return optimizer


@pytest.mark.parametrize("max_norm", [None, math.inf])
def test_gradients_that_lie_otherwise_are_read_right(max_norm):
    g = torch.arange(24.0).reshape(4, 6)
    for other in (
        g.T.contiguous().T,  # transposed
        torch.arange(48.0).reshape(4, 12)[:, ::2] / 2,  # strided
        torch.arange(-1, 24.0)[1:].reshape(4, 6),  # an address that does not divide by 16
        g.double(),
        g.bfloat16(),
    ):
        p = torch.zeros(4, 6, requires_grad=True)
        optimizer = step_once(p, other, max_norm=max_norm)
        torch.testing.assert_close(-p.detach(), g)
        if max_norm:
            assert optimizer.norm.item() == pytest.approx(float(g.norm()))


def test_parameters_that_lie_otherwise_are_written_where_they_are():
    g = torch.arange(48.0).reshape(2, 2, 3, 4)
    pool = torch.zeros(50)
    for p in (
        torch.zeros(2, 2, 3, 4).to(memory_format=torch.channels_last),
        pool[1:49].view(g.shape),
    ):
        address, strides = p.data_ptr(), p.stride()
        step_once(p.requires_grad_(), g)
        assert torch.equal(-p.detach(), g)
        assert (p.data_ptr(), p.stride()) == (address, strides)
    assert pool[0] == pool[49] == 0


def test_a_parameter_with_gaps_is_refused_by_name():
    p = torch.zeros(4, 6)[:, ::2].requires_grad_()
    with pytest.raises(ValueError, match="parameter 0 has gaps or overlaps in memory"):
        step_once(p, torch.ones(4, 3))


def test_gradients_of_several_dtypes_go_together():
    parameters = [torch.zeros(3, requires_grad=True) for _ in range(3)]
    dtypes = [torch.float32, torch.bfloat16, torch.float16]
    for p, dtype in zip(parameters, dtypes, strict=True):
        p.grad_dtype = None
        p.grad = torch.full((3,), 0.5, dtype=dtype)
    optimizer = fused(gradient_descent, parameters, lr=1.0, max_norm=math.inf)
    optimizer.step()
    assert all(p.tolist() == [-0.5] * 3 for p in parameters)
    assert optimizer.norm.item() == 1.5


def test_parameters_of_several_dtypes_are_clipped_together():
    parameters = [
        torch.zeros(2, dtype=d, requires_grad=True) for d in (torch.float32, torch.float64)
    ]
    for p in parameters:
        p.grad = torch.tensor([3.0, 4.0], dtype=p.dtype)
    optimizer = fused(gradient_descent, parameters, lr=1.0, max_norm=math.sqrt(0.5))
    optimizer.step()
    assert optimizer.norm.item() == pytest.approx(math.sqrt(50))
    for p in parameters:
        np.testing.assert_allclose(p.detach().numpy(), [-0.3, -0.4], rtol=1e-6)


@pytest.mark.parametrize("max_norm", [None, 1.0])
def test_a_parameter_without_a_gradient_stands_still_and_counts_no_step(max_norm):
    often, seldom, never = (torch.ones(5, requires_grad=True) for _ in range(3))
    optimizer = fused(adam, [often, seldom, never], max_norm=max_norm)
    for k in range(6):
        optimizer.zero_grad()
        (often.sum() + (seldom.sum() if k in (1, 4) else 0)).backward()
        optimizer.step()
    state = optimizer.state_dict()["state"]
    assert [float(state[i]["step"]) for i in (0, 1)] == [6, 2]
    assert 2 not in state
    assert never.tolist() == [1.0] * 5


def test_moved_and_replaced_parameters_are_followed():
    results = []
    for kind in (fused, plain):
        model = net()
        optimizer = kind(adam, model.parameters(), lr=0.05)
        train(model, optimizer, 3)
        for p in model.parameters():
            p.data = p.data.clone() * 2
        train(model, optimizer, 3)
        model.load_state_dict({k: v.clone() / 2 for k, v in model.state_dict().items()})
        train(model, optimizer, 3)
        results.append(train(model, optimizer, 3))
    assert_same(*results)


def test_a_half_parameter_changed_by_others_wins_over_its_master_copy():
    # float16, since the interpreter rounds to bfloat16 by cutting off.
    p = torch.ones(20, dtype=torch.float16, requires_grad=True)
    p.grad = torch.full((20,), 1e-4, dtype=torch.float16)
    optimizer = fused(gradient_descent, [p], lr=1.0)
    optimizer.step()
    assert p.tolist() == [1.0] * 20
    p.data[:3] = 4.0
    optimizer.step()
    assert p.tolist() == [4.0] * 3 + [1.0] * 17
    g = float(p.grad[0])
    np.testing.assert_allclose(optimizer.state[p]["master"].numpy(), [4 - g] * 3 + [1 - 2 * g] * 17)


def broken_run(nonfinite, value):
    """Adam after three steps, before and after a fourth whose second gradient is not finite."""
    names, parameters = ["first", "second"], [torch.ones(n, requires_grad=True) for n in (17, 2000)]
    optimizer = fused(
        adam, list(zip(names, parameters, strict=True)), max_norm=1.0, nonfinite=nonfinite
    )

    def step():
        for p in parameters:
            p.grad = torch.full_like(p, 0.5)
        optimizer.step()

    for _ in range(3):
        step()
    before = (
        copy.deepcopy([p.detach() for p in parameters]),
        copy.deepcopy(optimizer.state_dict()["state"]),
    )
    for p in parameters:
        p.grad = torch.full_like(p, 0.5)
    parameters[1].grad[1500] = value
    return optimizer, parameters, step, before


def assert_untouched(optimizer, parameters, before):
    now = [p.detach() for p in parameters], optimizer.state_dict()["state"]
    torch.testing.assert_close(now, before, rtol=0, atol=0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_named_and_nothing_is_touched(value):
    optimizer, parameters, step, before = broken_run("raise", value)
    with pytest.raises(FloatingPointError, match="the gradient of second was not finite"):
        optimizer.step()
    assert_untouched(optimizer, parameters, before)
    step()
    assert float(optimizer.state_dict()["state"][0]["step"]) == 4
    assert not torch.equal(parameters[0].detach(), before[0][0])


def test_until_the_host_hears_of_it_all_later_steps_are_left_out(monkeypatch):
    optimizer, parameters, step, before = broken_run("raise", math.nan)
    with monkeypatch.context() as deaf:
        deaf.setattr(triton_step.TritonStep, "settle", lambda self: 0)
        optimizer.step()
        step()
        step()
    with pytest.raises(FloatingPointError, match=r"of second .* 2 steps after it were left out"):
        optimizer.check()
    assert_untouched(optimizer, parameters, before)
    step()
    assert float(optimizer.state_dict()["state"][0]["step"]) == 4


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_skipping_counts_and_leaves_everything_as_it_is(value):
    optimizer, parameters, step, before = broken_run("skip", value)
    optimizer.step()
    assert not math.isfinite(optimizer.norm.item())
    assert_untouched(optimizer, parameters, before)
    assert optimizer.skipped == 1
    step()
    assert float(optimizer.state_dict()["state"][1]["step"]) == 4
    assert math.isfinite(optimizer.norm.item())


def test_the_norm_of_many_numbers_has_no_rounding_of_float32():
    p = torch.zeros(300_001, requires_grad=True)
    p.grad = torch.full_like(p, 0.1)
    optimizer = fused(gradient_descent, [p], max_norm=math.inf)
    optimizer.step()
    wanted = math.sqrt(300_001) * float(np.float32(0.1))
    assert optimizer.norm.item() == pytest.approx(wanted, rel=1e-14)


def test_only_empty_tensors_are_a_step_too():
    p = torch.zeros(0, 3, requires_grad=True)
    p.grad = torch.zeros(0, 3)
    for max_norm in (None, 1.0):
        optimizer = fused(adam, [p], max_norm=max_norm)
        optimizer.step()
        assert float(optimizer.state_dict()["state"][0]["step"]) == 1


def test_clipping_can_be_switched_on_and_off_between_steps():
    results = []
    for kind in (fused, plain):
        model = net()
        optimizer = kind(adam, model.parameters(), lr=0.05)
        for max_norm in (None, 0.1, None, 0.2):
            optimizer.max_norm = max_norm
            result = train(model, optimizer, 2)
        results.append(result)
    assert_same(*results)


def test_the_steps_that_torch_counts_are_counted_on_the_device_too():
    model = net()
    optimizer = fused(adagrad, model.parameters(), max_norm=1.0)
    train(model, optimizer, 3)
    assert float(optimizer.state_dict()["state"][0]["step"]) == 3
    train(model, optimizer, 2)
    assert float(optimizer.state_dict()["state"][0]["step"]) == 5


def test_capturable_keeps_the_scalars_on_the_device():
    results = [
        train(model := net(), fused(nadam, model.parameters(), capturable=capturable), 10)
        for capturable in (False, True)
    ]
    assert_same(*results)
