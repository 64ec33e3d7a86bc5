"""What every network does: one vector, names, modes, state."""

import numpy as np
import pytest
import torch

from gdlib.activation import relu
from gdlib.autograd import Tape
from gdlib.layers import Linear, Sequential


def network():
    return Sequential(Linear(3, 4), relu, Sequential(Linear(4, 2), relu))


def test_all_parameters_lie_in_one_vector_in_torchs_order_and_names():
    net = network().initialize(seed=0)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4),
        torch.nn.ReLU(),
        torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.ReLU()),
    ).double()
    assert [*net.parameters] == [name for name, _ in theirs.named_parameters()]
    assert net.theta.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    net.load_state_dict({name: p.detach().numpy() for name, p in theirs.named_parameters()})
    flat = torch.nn.utils.parameters_to_vector(theirs.parameters()).detach().numpy()
    np.testing.assert_array_equal(net.theta, flat)


def test_changing_theta_changes_every_layer_and_back():
    net = network().initialize(seed=0)
    net.theta = np.arange(26.0)
    assert net[0].weight.data[0].tolist() == [0, 1, 2]
    assert net[2][0].bias.data.tolist() == [24, 25]
    net[2].theta[:] = 0
    assert net.theta[16:].tolist() == [0] * 10


def test_a_seed_gives_the_same_network_again_and_another_seed_another():
    first, again, other = (network().initialize(seed=s).theta for s in (0, 0, 1))
    assert first.tolist() == again.tolist()
    assert (first != other).any()


def test_arrays_in_arrays_out_when_nothing_records():
    net = network().initialize(seed=0)
    assert type(net(np.ones((5, 3)))) is np.ndarray


def test_outputs_are_those_of_each_step_and_have_gradients():
    net = network().initialize(seed=0)
    x = np.ones((5, 3))
    with Tape() as tape:
        outputs = net.outputs(x)
        loss = outputs[-1].sum()
    assert len(outputs) == len(net) == 3
    np.testing.assert_array_equal(outputs[-1].data, net(x))
    gradients = tape.gradient(loss, outputs)
    assert [g.shape for g in gradients] == [(5, 4), (5, 4), (5, 2)]


def test_float32_stays_float32():
    net = network().initialize(seed=0, dtype=np.float32)
    with Tape() as tape:
        loss = net(np.ones((5, 3), np.float32)).mean()
    assert loss.dtype == tape.gradient(loss, net.parameters).dtype == np.float32


def test_modes_reach_the_layers_inside():
    net = network().initialize()
    net.eval()
    assert [layer.training for layer in net.walk()] == [False] * 4
    assert net.train()[2].training


def test_state_goes_over_to_another_network_whole_or_not_at_all():
    net, other = network().initialize(seed=0), network().initialize(seed=1)
    other.load_state_dict(net.state_dict())
    assert other.theta.tolist() == net.theta.tolist()
    state = net.state_dict()
    state["0.weight"] = np.ones((4, 4))
    state["2.0.bias"] = state["2.0.bias"] + 1
    with pytest.raises(ValueError, match=r"0.weight has shape \(4, 3\), the state's is \(4, 4\)"):
        other.load_state_dict(state)
    assert other.theta.tolist() == net.theta.tolist()
    del state["0.bias"]
    with pytest.raises(ValueError, match=r"missing \['0.bias'\], unknown \[\]"):
        other.load_state_dict(state)


def test_a_network_without_parameters_yet_says_what_to_do():
    for use in (lambda n: n(np.ones((1, 3))), lambda n: n.theta, lambda n: n.state_dict()):
        with pytest.raises(RuntimeError, match=r"call initialize\(seed=0\)"):
            use(network())


def test_theta_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"theta has shape \(26,\), got \(25,\)"):
        network().initialize().theta = np.zeros(25)


def test_sequential_refuses_what_cannot_be_called():
    with pytest.raises(TypeError, match="takes layers and functions"):
        Sequential(Linear(3, 4), "relu")
