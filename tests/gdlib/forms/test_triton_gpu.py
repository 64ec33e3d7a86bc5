"""What only a GPU can show of the Triton form; skipped without one.

python -m pytest tests/gdlib/forms/test_triton_gpu.py
"""

import copy
import math

import pytest
import torch

from gdlib.forms.pytorch import torch_optimizer
from gdlib.forms.source import elementwise_rules
from gdlib.optim import adam, lamb, nadam
from gdlib.rule import short_name

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")

RULES = elementwise_rules()
SIZES = (1, 15, 16, 17, 0, 1023, 1024, 100_003, 1 << 20)


def parameters(dtype=torch.float32, sizes=SIZES):
    generator = torch.Generator().manual_seed(0)
    numbers = [torch.randn(n, generator=generator).to("cuda", dtype) for n in sizes]
    return [p.requires_grad_() for p in numbers]


def train(found, optimizer, steps, seed=1):
    """Steps with random gradients, the second parameter going without every third time."""
    generator = torch.Generator("cuda").manual_seed(seed)
    for k in range(steps):
        for i, p in enumerate(found):
            g = torch.randn(p.shape, generator=generator, device="cuda", dtype=torch.float32)
            p.grad = None if i == 1 and k % 3 == 2 else g.to(torch.bfloat16).to(p.dtype)
        optimizer.step()


def assert_close(ours, reference, limit):
    """Close in all but one of 100,000 numbers: where Lion's mean is near 0, its sign may turn."""
    for a, b in zip(ours, reference, strict=True):
        apart = ~torch.isclose(a.detach().to(b), b.detach(), rtol=limit, atol=limit / 10)
        assert int(apart.sum()) <= 1e-5 * apart.numel()


def assert_same_state(ours, reference, limit):
    left, right = ours.state_dict()["state"], reference.state_dict()["state"]
    assert left.keys() == right.keys()
    for i, state in right.items():
        assert_close([left[i][key] for key in state], state.values(), limit)


@pytest.mark.parametrize("max_norm", [None, 100.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_50_steps_are_those_of_the_plain_form(rule, dtype, max_norm):
    found, others = parameters(dtype), parameters(dtype)
    ours = torch_optimizer(rule)(found, implementation="triton", max_norm=max_norm)
    plain = torch_optimizer(rule)(others, implementation="plain", max_norm=max_norm)
    train(found, ours, 50)
    train(others, plain, 50)
    limit = 1e-4 if dtype == torch.float32 else 1e-9
    assert_close(found, others, limit)
    assert_same_state(ours, plain, limit)
    if max_norm:
        assert ours.norm.item() == pytest.approx(plain.norm, rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_half_precision_is_float32_inside(rule, dtype):
    found = parameters(dtype)
    others = [p.detach().float().requires_grad_() for p in found]
    ours = torch_optimizer(rule)(found, implementation="triton")
    train(found, ours, 20)
    train(others, torch_optimizer(rule)(others, implementation="plain"), 20)
    assert_close([ours.state[p]["master"] for p in found], others, 1e-4)
    for p in found:
        assert torch.equal(p.detach(), ours.state[p]["master"].to(dtype))


def test_it_is_what_auto_chooses_and_it_goes_on_from_torch_and_back():
    found, others = parameters(), parameters()
    theirs = torch.optim.Adam(others, fused=True)
    train(others, theirs, 10)
    with torch.no_grad():
        for p, q in zip(found, others, strict=True):
            p.copy_(q)
    ours = torch_optimizer(adam)(found)
    ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
    train(found, ours, 10, seed=2)
    assert list(ours._steps) == ["triton"]
    train(others, theirs, 10, seed=2)
    torch.testing.assert_close(found, others, rtol=1e-5, atol=1e-6)
    theirs.load_state_dict(copy.deepcopy(ours.state_dict()))
    train(found, ours, 10, seed=3)
    train(others, theirs, 10, seed=3)
    torch.testing.assert_close(found, others, rtol=1e-5, atol=1e-6)


def test_what_is_not_elementwise_falls_back_and_says_so_once():
    found = parameters()
    optimizer = torch_optimizer(lamb)(found)
    with pytest.warns(UserWarning, match="lamb takes its steps without a fused kernel: its norm"):
        train(found, optimizer, 1)
    train(found, optimizer, 1)


@pytest.mark.parametrize("options", [{}, {"max_norm": 1.0}, {"capturable": True}], ids=str)
def test_a_step_never_waits_for_the_device(options):
    found = parameters()
    optimizer = torch_optimizer(nadam)(found, implementation="triton", **options)
    gradients = [[torch.randn_like(p) for p in found] for _ in range(3)]
    for k in range(12):
        for p, g in zip(found, gradients[k % 3], strict=True):
            p.grad = g
        torch.cuda.set_sync_debug_mode("error" if k else "default")
        try:
            optimizer.step()
        finally:
            torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("options", [{"max_norm": 1.0}, {"capturable": True}], ids=str)
@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_a_captured_step_advances_state_at_each_replay(rule, options):
    found, others = parameters(), parameters()
    for p, q in zip(found, others, strict=True):
        p.grad = torch.randn_like(p)
        q.grad = p.grad.clone()
    ours = torch_optimizer(rule)(found, implementation="triton", **options)
    plain = torch_optimizer(rule)(others, implementation="plain", max_norm=options.get("max_norm"))
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        ours.step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        ours.step()
    for _ in range(9):
        graph.replay()
    for _ in range(10):
        plain.step()
    assert_close(found, others, 1e-4)
    assert_same_state(ours, plain, 1e-4)


def test_a_whole_training_step_can_be_captured():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.GELU(), torch.nn.Linear(256, 64))
    model = model.cuda()
    other = copy.deepcopy(model)
    x = torch.randn(32, 64, device="cuda")
    ours = torch_optimizer(adam)(model.parameters(), implementation="triton", max_norm=1.0)
    plain = torch_optimizer(adam)(other.parameters(), implementation="plain", max_norm=1.0)

    def step(net, optimizer):
        optimizer.zero_grad(set_to_none=True)
        (net(x) - x).pow(2).mean().backward()
        optimizer.step()

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step(model, ours)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step(model, ours)
    for _ in range(10):
        graph.replay()
    for _ in range(13):
        step(other, plain)
    torch.testing.assert_close(
        list(model.parameters()), list(other.parameters()), rtol=1e-3, atol=1e-4
    )


def test_capturing_what_the_host_computes_is_refused():
    found = parameters(sizes=(1000,))
    found[0].grad = torch.ones_like(found[0])
    optimizer = torch_optimizer(adam)(found, implementation="triton")
    optimizer.step()
    graph = torch.cuda.CUDAGraph()
    with pytest.raises(RuntimeError, match="capturable=True"), torch.cuda.graph(graph):
        optimizer.step()


def test_an_infinite_norm_stops_all_steps_until_it_was_raised():
    found = parameters(sizes=(1000, 5000))
    optimizer = torch_optimizer(adam)(found, max_norm=1.0)
    train(found, optimizer, 2)
    before = copy.deepcopy([p.detach() for p in found])
    for p in found:
        p.grad = torch.ones_like(p)
    found[1].grad[4321] = math.nan
    with pytest.raises(FloatingPointError, match="the gradient of parameter 1 was not finite"):  # noqa: PT012
        optimizer.step()
        found[1].grad[4321] = 1.0
        optimizer.step()  # left out, or raises what the device has found by now
        optimizer.check()
    torch.testing.assert_close([p.detach() for p in found], before, rtol=0, atol=0)
    found[1].grad[4321] = 1.0
    optimizer.step()
    optimizer.check()
    assert not torch.equal(found[0].detach(), before[0])


def test_skipping_counts_on_the_device():
    found = parameters(sizes=(1000,))
    optimizer = torch_optimizer(adam)(found, max_norm=1.0, nonfinite="skip")
    for value in (1.0, math.inf, 1.0, math.nan):
        found[0].grad = torch.full_like(found[0], value)
        optimizer.step()
    assert float(optimizer.state_dict()["state"][0]["step"]) == 2
    assert optimizer.skipped == 2
