"""Every rule that PyTorch has walks PyTorch's path, over 200 hard steps with an lr drop."""

import numpy as np
import pytest
import torch

from gdlib import optim
from gdlib.forms.pytorch import torch_optimizer
from gdlib.forms.pytorch_names import PYTORCH
from gdlib.rule import hyperparameters, state_kinds

STEPS, DROP = 200, 120
# Muon is compared apart: PyTorch iterates in bfloat16.
NAMES = [name for name in PYTORCH if name != "muon"]
# Other than the defaults, so that no default can hide a mistake.
HYPER = {
    "momentum": {"beta": 0.8},
    "nesterov": {"beta": 0.8},
    "adagrad": {"eps": 1e-6},
    "rmsprop": {"rho": 0.95, "eps": 1e-6},
    "rmsprop_centered": {"rho": 0.95, "eps": 1e-3},
    "adadelta": {"rho": 0.8, "eps": 1e-5},
    "rprop": {"eta_minus": 0.4, "eta_plus": 1.3, "d_min": 1e-5, "d_max": 2.0},
    "nadam": {"momentum_decay": 0.02},
    "adamw": {"weight_decay": 0.1},
}
ADAMS = {"beta1": 0.8, "beta2": 0.99, "eps": 1e-6}


@pytest.fixture(autouse=True)
def _double():
    """PyTorch keeps NAdam's product of momenta in its default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def gradients():
    rng = np.random.default_rng(0)
    g = rng.standard_normal((STEPS, 4))
    g[5::17] = 0
    g[7::23] *= 1e-12
    g[11::29] *= 1e8
    return g


def hyper_of(name):
    names = hyperparameters(getattr(optim, name))
    return {k: v for k, v in {**ADAMS, **HYPER.get(name, {})}.items() if k in names}


def theirs(name, parameter):
    """PyTorch's optimizer with the same hyperparameters under its own names."""
    names, arguments = PYTORCH[name], dict(PYTORCH[name].settings)
    for ours, value in hyper_of(name).items():
        key, index = names.groups.get(ours, (ours, None))
        arguments[key] = value if index is None else (*arguments.get(key, ()), value)
    return names.optimizer([parameter], lr=0.1, **arguments)


@pytest.mark.parametrize("name", NAMES)
def test_path_and_state(name):
    rule, names, hyper = getattr(optim, name), PYTORCH[name], hyper_of(name)
    x = np.linspace(-1, 1, 4)
    parameter, state = torch.tensor(x, requires_grad=True), rule.init(x)
    optimizer = theirs(name, parameter)
    for t, g in enumerate(gradients()):
        lr = optimizer.param_groups[0]["lr"] = 0.1 if t < DROP else 0.01
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, state = rule.step(x, g, state, lr=lr, **hyper)
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12, atol=1e-12)
        for field in state_kinds(rule):
            kept = optimizer.state[parameter][names.state[field]]
            np.testing.assert_allclose(getattr(state, field), kept.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ours_first", [True, False])
def test_state_dicts_move_both_ways_and_the_run_goes_on(name, ours_first):
    rule = getattr(optim, name)
    paths = []
    for switch in (False, True):
        parameter = torch.linspace(-1, 1, 4, requires_grad=True)
        kinds = [lambda p: torch_optimizer(rule)([p], lr=0.1), lambda p: theirs(name, p)]
        first, second = kinds if ours_first else kinds[::-1]
        optimizer = theirs(name, parameter)
        start = first(parameter)
        start.load_state_dict(optimizer.state_dict())
        optimizer, path = start, []
        for t, g in enumerate(gradients()[:60]):
            if switch and t == 30:
                saved = optimizer.state_dict()
                optimizer = second(parameter)
                optimizer.load_state_dict(saved)
            parameter.grad = torch.tensor(g)
            optimizer.step()
            path.append(parameter.detach().numpy().copy())
        paths.append(path)
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-12, atol=1e-12)


def test_every_name_in_the_table_is_a_rule_and_a_parameter():
    for name, names in PYTORCH.items():
        rule = getattr(optim, name)
        assert set(names.state) >= set(state_kinds(rule))
        assert names.optimizer.__module__.startswith("torch.optim")


def test_muon_differs_from_torch_only_by_bfloat16():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 6))
    parameter, state = torch.tensor(x, requires_grad=True), optim.muon.init(x)
    optimizer = torch.optim.Muon([parameter], lr=0.02)
    for g in rng.standard_normal((60, 4, 6)):
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, state = optim.muon.step(x, g, state, lr=0.02)
    difference = np.abs(x - parameter.detach().numpy()).max()
    assert 1e-6 < difference < 2e-2
    np.testing.assert_allclose(
        state.b, optimizer.state[parameter]["momentum_buffer"].numpy(), rtol=1e-12
    )
