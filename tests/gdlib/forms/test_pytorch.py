"""The torch form behaves like an optimizer of torch: state dicts, groups, closures, schedulers."""

import copy
import io

import pytest
import torch

from gdlib.forms.pytorch import torch_optimizer
from gdlib.optim import adam, gradient_descent, momentum
from gdlib.variant import variant

PAIRS = [
    (gradient_descent, torch.optim.SGD, {}),
    (momentum, torch.optim.SGD, {"momentum": 0.8}),
    (adam, torch.optim.Adam, {"betas": (0.8, 0.99), "eps": 1e-6}),
]
EACH_PAIR = pytest.mark.parametrize(
    ("rule", "theirs", "hyper"), PAIRS, ids=["gradient_descent", "momentum", "adam"]
)


def net():
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    return torch.nn.Sequential(*layers).double()


DATA = torch.randn(16, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def train(model, optimizer, steps, scheduler=None):
    for _ in range(steps):
        optimizer.zero_grad()
        (model(DATA) - DATA.sum(1, keepdim=True)).pow(2).mean().backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return torch.cat([p.detach().ravel() for p in model.parameters()])


def assert_same(a, b):
    torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@EACH_PAIR
def test_trains_a_network_like_torch(rule, theirs, hyper):
    ours, reference = net(), net()
    left = train(ours, torch_optimizer(rule)(ours.parameters(), lr=0.05, **hyper), 60)
    right = train(reference, theirs(reference.parameters(), lr=0.05, **hyper), 60)
    assert_same(left, right)


@EACH_PAIR
@pytest.mark.parametrize("ours_first", [True, False])
def test_state_dicts_move_both_ways_and_the_run_goes_on(rule, theirs, hyper, ours_first):
    kinds = [torch_optimizer(rule), theirs]
    first, second = kinds if ours_first else reversed(kinds)
    model = net()
    optimizer = first(model.parameters(), lr=0.05, **hyper)
    train(model, optimizer, 20)
    saved = io.BytesIO()
    torch.save([model.state_dict(), optimizer.state_dict()], saved)
    saved.seek(0)
    weights, state = torch.load(saved)
    other = net()
    other.load_state_dict(weights)
    loaded = second(other.parameters(), lr=1.0)
    loaded.load_state_dict(state)
    assert_same(train(model, optimizer, 20), train(other, loaded, 20))


def test_state_that_asks_for_more_than_the_rule_does_is_refused_and_nothing_changes():
    model = net()
    theirs = torch.optim.Adam(model.parameters(), weight_decay=0.1)
    ours = torch_optimizer(adam)(model.parameters(), lr=0.5)
    with pytest.raises(
        ValueError, match=r"Adam does not have weight_decay=0.1, only weight_decay=0"
    ):
        ours.load_state_dict(theirs.state_dict())
    assert ours.param_groups[0]["lr"] == 0.5


def test_implementation_switches_of_torch_are_accepted():
    model = net()
    theirs = torch.optim.Adam(model.parameters(), foreach=True)
    train(model, theirs, 2)
    torch_optimizer(adam)(model.parameters()).load_state_dict(theirs.state_dict())


def test_parameter_groups_have_their_own_hyperparameters():
    ours, reference = net(), net()
    groups = [
        [
            {"params": m[0].parameters(), "lr": 0.2},
            {"params": m[2].parameters(), "betas": (0.5, 0.9)},
        ]
        for m in (ours, reference)
    ]
    left = train(ours, torch_optimizer(adam)(groups[0], lr=0.01), 20)
    assert_same(left, train(reference, torch.optim.Adam(groups[1], lr=0.01), 20))


@pytest.mark.parametrize(
    "schedule",
    [
        lambda o: torch.optim.lr_scheduler.StepLR(o, 5, 0.3),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 20),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(
            o, max_lr=0.1, total_steps=30, cycle_momentum=o.param_groups[0].get("momentum") != 0
        ),
    ],
)
@EACH_PAIR
def test_schedulers_of_torch_drive_it(rule, theirs, hyper, schedule):
    results = []
    for kind in (torch_optimizer(rule), theirs):
        model = net()
        optimizer = kind(model.parameters(), lr=0.05, **hyper)
        results.append(train(model, optimizer, 25, schedule(optimizer)))
    assert_same(*results)


def test_scheduler_that_sets_what_the_rule_lacks_is_not_ignored():
    model = net()
    optimizer = torch_optimizer(gradient_descent)(model.parameters(), lr=0.1)
    torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=30)
    with pytest.raises(ValueError, match=r"does not have momentum=0.95, only momentum=0"):
        train(model, optimizer, 1)


def test_closure_is_called_with_gradients_on_and_its_loss_returned():
    x = torch.tensor([3.0], requires_grad=True)
    optimizer = torch_optimizer(gradient_descent)([x], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (x**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9.0
    assert x.item() == 1.5
    assert optimizer.step() is None


def test_parameter_without_a_gradient_stands_still_and_has_no_state():
    used, unused = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = torch_optimizer(adam)([used, unused])
    used.sum().backward()
    optimizer.step()
    assert unused.tolist() == [1.0, 1.0]
    assert unused not in optimizer.state
    assert used in optimizer.state


def test_float32_and_bfloat16_parameters_keep_their_dtype():
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.ones(3, dtype=dtype, requires_grad=True)
        optimizer = torch_optimizer(adam)([x], lr=0.1)
        x.sum().backward()
        optimizer.step()
        assert x.dtype == dtype
        assert optimizer.state[x]["exp_avg"].dtype == dtype


def test_variant_makes_an_optimizer_with_its_own_names():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"), name="momentum_ema")
    kind = torch_optimizer(ema)
    assert kind.__name__ == "MomentumEma"
    x = torch.tensor([1.0], requires_grad=True)
    optimizer = kind([x], lr=0.5, beta=0.75)
    x.sum().backward()
    optimizer.step()
    assert x.item() == 1 - 0.5 * 0.25
    assert optimizer.state[x]["v"].item() == 0.25


def test_copy_of_the_state_is_independent():
    model = net()
    optimizer = torch_optimizer(momentum)(model.parameters(), lr=0.1)
    train(model, optimizer, 3)
    before = copy.deepcopy(optimizer.state_dict())
    train(model, optimizer, 3)
    first = before["state"][0]["momentum_buffer"]
    assert not torch.equal(first, optimizer.state_dict()["state"][0]["momentum_buffer"])


@pytest.mark.parametrize(
    ("error", "message", "hyper"),
    [
        (ValueError, "lr must be finite and not negative, got -0.1", {"lr": -0.1}),
        (ValueError, "lr must be finite", {"lr": float("nan")}),
        (TypeError, "Adam has no argument 'momentum'; it has: betas, eps, lr", {"momentum": 0.9}),
        (TypeError, "no argument 'weight_decay'", {"weight_decay": 0.1}),
    ],
)
def test_nonsense_is_refused(error, message, hyper):
    with pytest.raises(error, match=message):
        torch_optimizer(adam)([torch.ones(1, requires_grad=True)], **hyper)


def test_sparse_gradients_are_refused():
    embedding = torch.nn.Embedding(4, 2, sparse=True)
    optimizer = torch_optimizer(adam)(embedding.parameters())
    embedding(torch.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match="does not support sparse gradients"):
        optimizer.step()
