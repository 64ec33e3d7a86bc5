"""The torch form in a compiled loop: state dicts, groups, clipping, memory that moves."""

import copy
import warnings

import pytest
import torch

from gdlib.forms.fallback import warn_once
from gdlib.forms.pytorch import torch_optimizer
from gdlib.optim import adam, amsgrad, lamb, momentum, nadam, rmsprop

DATA = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))
PAIRS = [
    (adam, lambda p, **k: torch.optim.Adam(p, **k)),
    (amsgrad, lambda p, **k: torch.optim.Adam(p, amsgrad=True, **k)),
    (momentum, lambda p, **k: torch.optim.SGD(p, momentum=0.9, **k)),
    (rmsprop, torch.optim.RMSprop),
    (nadam, torch.optim.NAdam),
]
EACH_PAIR = pytest.mark.parametrize(("rule", "theirs"), PAIRS, ids=lambda p: p.__name__[-8:])


def net(dtype=torch.float64):
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)
    return torch.nn.Sequential(*layers).to(dtype)


def train(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        data = DATA.to(next(model.parameters()).dtype)
        (model(data) - data.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def numba(rule):
    return lambda p, **k: torch_optimizer(rule)(p, implementation="numba", **k)


def plain(rule):
    return lambda p, **k: torch_optimizer(rule)(p, implementation="plain", **k)


def assert_same(a, b):
    # PyTorch keeps NAdam's product of momenta in float32.
    torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-9)


@EACH_PAIR
def test_trains_a_network_like_torch(rule, theirs):
    ours, reference = net(), net()
    left = train(ours, numba(rule)(ours.parameters(), lr=0.01), 50)
    assert_same(left, train(reference, theirs(reference.parameters(), lr=0.01), 50))


@pytest.mark.parametrize("order", ["plain numba torch", "torch numba plain", "numba torch numba"])
@EACH_PAIR
def test_state_dicts_move_between_the_implementations_and_torch(rule, theirs, order):
    kinds = {"plain": plain(rule), "numba": numba(rule), "torch": theirs}
    whole, model = net(), net()
    expected = train(whole, theirs(whole.parameters(), lr=0.01), 30)
    state = None
    for kind in order.split():
        optimizer = kinds[kind](model.parameters(), lr=0.01)
        if state:
            optimizer.load_state_dict(state)
        result = train(model, optimizer, 10)
        state = copy.deepcopy(optimizer.state_dict())
    assert_same(result, expected)


def test_groups_have_their_own_hyperparameters_and_late_parameters_their_own_count():
    results = []
    for kind in (numba(adam), torch.optim.Adam):
        model = net()
        groups = [
            {"params": model[0].parameters(), "lr": 0.2},
            {"params": model[2].parameters(), "betas": (0.5, 0.9)},
        ]
        optimizer = kind(groups, lr=0.01)
        model[0].bias.requires_grad_(False)
        train(model, optimizer, 5)
        model[0].bias.requires_grad_(True)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.3)
        for _ in range(5):
            train(model, optimizer, 1)
            scheduler.step()
        results.append(train(model, optimizer, 3))
    assert_same(*results)


@pytest.mark.parametrize("max_norm", [0.05, 1e6])
def test_clipping_equals_the_plain_implementation(max_norm):
    results = []
    for kind in (numba(adam), plain(adam)):
        model = net()
        optimizer = kind(model.parameters(), lr=0.05, max_norm=max_norm)
        train(model, optimizer, 20)
        results += [train(model, optimizer, 1), torch.tensor(optimizer.norm)]
    assert_same(results[0], results[2])
    assert_same(results[1], results[3])


@pytest.mark.parametrize(
    "move",
    [
        lambda model: model.load_state_dict(copy.deepcopy(model.state_dict()), assign=False),
        lambda model: [setattr(p, "data", p.data.clone()) for p in model.parameters()],
        lambda model: model.to(memory_format=torch.contiguous_format).double().float().double(),
    ],
)
def test_parameters_in_other_memory_go_on(move):
    results = []
    for kind in (numba(adam), torch.optim.Adam):
        model = net()
        optimizer = kind(model.parameters(), lr=0.05)
        train(model, optimizer, 3)
        move(model)
        results.append(train(model, optimizer, 3))
    assert_same(*results)


def test_parameters_and_gradients_in_any_memory_order():
    results = []
    for kind in (numba(adam), torch.optim.Adam):
        torch.manual_seed(0)
        model = torch.nn.Conv2d(2, 3, 3).double().to(memory_format=torch.channels_last)
        model.bias.data = torch.arange(6.0, dtype=torch.float64)[::2]
        optimizer = kind(model.parameters(), lr=0.05)
        for i in range(5):
            optimizer.zero_grad()
            model(torch.full((1, 2, 4, 4), i + 1.0, dtype=torch.float64)).sin().sum().backward()
            model.weight.grad = model.weight.grad.transpose(2, 3).contiguous().transpose(2, 3)
            optimizer.step()
        results.append(torch.cat([p.detach().ravel() for p in model.parameters()]))
    assert_same(*results)


def test_float32_steps_equal_torch_to_rounding():
    ours, reference = net(torch.float32), net(torch.float32)
    left = train(ours, numba(adam)(ours.parameters(), lr=0.01), 50)
    right = train(reference, torch.optim.Adam(reference.parameters(), lr=0.01), 50)
    torch.testing.assert_close(left, right, rtol=2e-5, atol=2e-6)


def test_autograd_sees_that_a_parameter_changed():
    x = torch.ones(2, requires_grad=True)
    optimizer = numba(momentum)([x], lr=0.1)
    loss = (x**3).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_other_tensors_are_refused():
    x = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    x.sum().backward()
    with pytest.raises(TypeError, match=r"float32 and float64 parameters on a CPU, got .*bfloat16"):
        numba(adam)([x]).step()


def test_a_rule_that_cannot_be_fused_warns_once_and_is_stepped_plainly():
    warn_once.cache_clear()
    model = net()
    with pytest.warns(UserWarning, match="lamb has no fused form and is stepped plainly"):
        optimizer = numba(lamb)(model.parameters())
    other = net()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numba(lamb)(other.parameters())
    assert_same(train(model, optimizer, 3), train(other, plain(lamb)(other.parameters()), 3))
