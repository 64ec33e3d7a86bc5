"""The torch form behaves like an optimizer of torch: state dicts, groups, closures, schedulers."""

import copy
import io
import math

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


def test_loading_leaves_the_optimizer_it_came_from_alone():
    model, other = net(), net()
    first = torch_optimizer(adam)(model.parameters())
    train(model, first, 3)
    second = torch_optimizer(adam)(other.parameters())
    second.load_state_dict(first.state_dict())
    before = copy.deepcopy(first.state_dict()["state"])
    train(other, second, 2)
    assert str(first.state_dict()["state"]) == str(before)
    assert second.state_dict()["state"][0]["step"] == 5


def test_each_parameter_in_a_state_dict_has_a_step_count_of_its_own():
    model = net()
    optimizer = torch_optimizer(adam)(model.parameters())
    train(model, optimizer, 2)
    counts = [kept["step"] for kept in optimizer.state_dict()["state"].values()]
    counts[0] += 5  # as torch.optim counts
    assert [int(c) for c in counts] == [7, 2, 2, 2]


def test_a_parameter_that_begins_late_has_its_own_step_count():
    results = []
    for kind in (torch_optimizer(adam), torch.optim.Adam):
        model = net()
        model[2].requires_grad_(False)
        optimizer = kind(model.parameters(), lr=0.05)
        train(model, optimizer, 5)
        model[2].requires_grad_(True)
        results.append(train(model, optimizer, 5))
    assert_same(*results)


@pytest.mark.parametrize("max_norm", [0.05, 1e6])
def test_clips_all_gradients_together_before_the_step(max_norm):
    ours, reference = net(), net()
    optimizer = torch_optimizer(momentum)(ours.parameters(), lr=0.05, max_norm=max_norm)
    theirs = torch.optim.SGD(reference.parameters(), lr=0.05, momentum=0.9)
    for _ in range(10):
        train(ours, optimizer, 1)
        theirs.zero_grad()
        (reference(DATA) - DATA.sum(1, keepdim=True)).pow(2).mean().backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in reference.parameters()])
        for p in reference.parameters():
            p.grad *= min(1.0, max_norm / norm)
        theirs.step()
        assert optimizer.norm == pytest.approx(norm.item(), rel=1e-12)
    assert_same(
        torch.cat([p.ravel() for p in ours.parameters()]),
        torch.cat([p.ravel() for p in reference.parameters()]),
    )


@pytest.mark.parametrize("implementation", ["plain", "numba"])
@pytest.mark.parametrize(
    ("number", "found"), [(torch.inf, "0 NaN and 1 inf"), (torch.nan, "1 NaN")]
)
def test_a_gradient_that_is_not_finite_raises_or_is_skipped_and_changes_nothing(
    implementation, number, found
):
    model = net()
    optimizer = torch_optimizer(adam)(
        model.named_parameters(), max_norm=1.0, implementation=implementation
    )
    train(model, optimizer, 2)
    held = copy.deepcopy([model.state_dict(), optimizer.state_dict()])
    model[2].weight.grad[0, 1] = number
    with pytest.raises(FloatingPointError, match=rf"the gradient of 2\.weight has {found}"):
        optimizer.step()
    optimizer.nonfinite = "skip"
    optimizer.step()
    assert str([model.state_dict(), optimizer.state_dict()]) == str(held)
    assert optimizer.skipped == 1
    assert not math.isfinite(optimizer.norm)


def test_a_parameter_moved_to_other_memory_goes_on():
    results = []
    for kind in (torch_optimizer(adam), torch.optim.Adam):
        model = net()
        optimizer = kind(model.parameters(), lr=0.05)
        train(model, optimizer, 3)
        for p in model.parameters():
            p.data = p.data.clone()
        results.append(train(model, optimizer, 3))
    assert_same(*results)


@pytest.mark.parametrize("implementation", ["plain", "numba"])
@pytest.mark.parametrize(
    "forget",
    [
        lambda optimizer, x: optimizer.state.clear(),
        lambda optimizer, x: setattr(optimizer, "state", type(optimizer.state)(dict)),
        lambda optimizer, x: optimizer.state[x].update(momentum_buffer=torch.zeros(1)),
    ],
)
def test_a_state_replaced_by_hand_is_seen(implementation, forget):
    x = torch.ones(1, requires_grad=True)
    x.sum().backward()
    optimizer = torch_optimizer(momentum)([x], lr=1.0, implementation=implementation)
    optimizer.step()
    optimizer.step()
    forget(optimizer, x)
    optimizer.step()
    assert optimizer.state[x]["momentum_buffer"].item() == 1.0
    assert x.item() == pytest.approx(1 - (1 + 1.9 + 1))


@pytest.mark.parametrize("implementation", ["plain", "numba"])
def test_a_parameter_replaced_in_its_group_is_seen(implementation):
    x, y = (torch.ones(1, requires_grad=True) for _ in range(2))
    optimizer = torch_optimizer(momentum)([x], lr=1.0, implementation=implementation)
    x.sum().backward()
    optimizer.step()
    optimizer.param_groups[0]["params"][0] = y
    optimizer.state[y] = optimizer.state.pop(x)
    y.sum().backward()
    optimizer.step()
    assert (x.item(), y.item()) == (0.0, pytest.approx(-0.9))


def test_a_copied_optimizer_goes_on_by_itself():
    x = torch.ones(1, requires_grad=True)
    x.sum().backward()
    optimizer = torch_optimizer(adam)([x], max_norm=1.0)
    optimizer.step()
    twin = copy.deepcopy(optimizer)
    twin.step()
    assert twin.max_norm == 1.0
    assert [o.state_dict()["state"][0]["step"].item() for o in (optimizer, twin)] == [1, 2]


def test_unknown_implementations_and_thresholds_are_refused():
    x = [torch.ones(1, requires_grad=True)]
    with pytest.raises(ValueError, match=r"implementation must be one of 'auto', 'plain'.* 'gpu'"):
        torch_optimizer(adam)(x, implementation="gpu")
    with pytest.raises(ValueError, match="max_norm must be positive, got 0"):
        torch_optimizer(adam)(x, max_norm=0)
