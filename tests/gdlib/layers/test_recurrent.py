"""RNN, LSTM and GRU against torch: values, states, gradients; lengths, steps, extremes, errors."""

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.gradient import check_gradient
from gdlib.layers import GRU, LSTM, RNN, Linear, Sequential

PAIRS = {
    "tanh": (lambda i, h: RNN(i, h), lambda i, h, **k: torch.nn.RNN(i, h, batch_first=True, **k)),
    "relu": (
        lambda i, h: RNN(i, h, nonlinearity="relu"),
        lambda i, h, **k: torch.nn.RNN(i, h, nonlinearity="relu", batch_first=True, **k),
    ),
    "lstm": (lambda i, h: LSTM(i, h), lambda i, h, **k: torch.nn.LSTM(i, h, batch_first=True, **k)),
    "gru": (lambda i, h: GRU(i, h), lambda i, h, **k: torch.nn.GRU(i, h, batch_first=True, **k)),
}
every_cell = pytest.mark.parametrize("cell", PAIRS)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def arrays(state):
    return list(state) if isinstance(state, tuple) else [state]


def state_of(arrays):
    return tuple(arrays) if len(arrays) > 1 else arrays[0]


@every_cell
@pytest.mark.parametrize("shape", [(4, 6, 3), (1, 5, 3), (3, 1, 3), (1, 1, 3)])
def test_states_and_gradients_agree_with_torch(compare_with_torch, cell, shape):
    ours, theirs = PAIRS[cell]
    torch.manual_seed(0)
    compare_with_torch(ours(3, 5), theirs(3, 5), draw(*shape), forward=first)


def first(y):
    """torch's layers return (h, state)."""
    return y[0] if isinstance(y, tuple) else y


@every_cell
def test_initial_and_final_states_agree_with_torch_in_value_and_gradient(cell):
    torch.manual_seed(0)
    theirs = PAIRS[cell][1](3, 5).double()
    ours = PAIRS[cell][0](3, 5).initialize()
    ours.load_state_dict({name: p.detach().numpy() for name, p in theirs.named_parameters()})
    x, starts = draw(4, 6, 3), [draw(4, 5, seed=1), draw(4, 5, seed=2)][: ours.arrays]
    weights = [draw(4, 6, 5, seed=3), *(draw(4, 5, seed=4 + i) for i in range(ours.arrays))]

    their_x = torch.tensor(x, requires_grad=True)
    their_starts = [torch.tensor(s[None], requires_grad=True) for s in starts]
    y, final = theirs(their_x, state_of(their_starts))
    finals = [f[0] for f in arrays(final)]
    sum((a * torch.tensor(w)).sum() for a, w in zip([y, *finals], weights, strict=True)).backward()

    our_x, our_starts = Tensor(x), [Tensor(s) for s in starts]
    with Tape() as tape:
        h, state = ours.unroll(our_x, state_of(our_starts))
        total = sum((a * w).sum() for a, w in zip([h, *arrays(state)], weights, strict=True))
    found = tape.gradient(total, [our_x, *our_starts, *ours.parameters.values()])

    for mine, other in zip([h, *arrays(state)], [y, *finals], strict=True):
        np.testing.assert_allclose(mine.data, other.detach().numpy(), rtol=1e-10, atol=1e-10)
    expected = [their_x.grad, *(s.grad[0] for s in their_starts)]
    expected += [p.grad for p in theirs.parameters()]
    for mine, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-10, atol=1e-10)


@every_cell
def test_gradients_agree_with_finite_differences(cell):
    net = PAIRS[cell][0](2, 3).initialize(seed=3)
    x, weights, start = draw(2, 4, 2), draw(2, 4, 3, seed=1), draw(2, 3, seed=2)
    mask = np.array([[False, True, True, True], [True, True, True, False]])
    state = (start, -start) if cell == "lstm" else start

    def loss(theta):
        net.theta = theta
        with Tape() as tape:
            y = (net(x, state, mask) * weights).sum()
        return y.item(), tape.gradient(y, net.parameters)

    theta = net.theta.copy()
    assert check_gradient(lambda p: loss(p)[0], lambda p: loss(p)[1], theta).error <= 1e-6


@every_cell
def test_stacked_layers_agree_with_torchs(cell):
    torch.manual_seed(0)
    ours, theirs = PAIRS[cell][0], PAIRS[cell][1](3, 5, num_layers=2).double()
    net = Sequential(ours(3, 5), ours(5, 5)).initialize()
    state = {
        f"{name[-1]}.{name[:-1]}0": p.detach().numpy() for name, p in theirs.named_parameters()
    }
    net.load_state_dict(state)
    expected = theirs(torch.tensor(draw(2, 4, 3)))[0].detach().numpy()
    np.testing.assert_allclose(net(draw(2, 4, 3)), expected, rtol=1e-10, atol=1e-10)


@every_cell
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_neither_states_nor_gradients(cell, side):
    net = PAIRS[cell][0](3, 5).initialize(seed=2)
    lengths, longest = [2, 5, 0, 4], 5
    x = draw(4, longest, 3)
    mask = np.zeros((4, longest), bool)
    for row, length in zip(mask, lengths, strict=True):
        row[: length if side == "right" else None] = side == "right"
        if side == "left" and length:
            row[-length:] = True
    weights = draw(4, 5, seed=1)

    def run(x, mask=None, weights=weights):
        x = Tensor(x)
        with Tape() as tape:
            last = arrays(net.unroll(x, mask=mask)[1])
            total = sum((a * weights).sum() for a in last)
        return [a.data for a in last], tape.gradient(total, [x, *net.parameters.values()])

    together, (by_x, *by_parameters) = run(x, mask)
    alone = [0] * len(by_parameters)
    for i, row in enumerate(mask):
        if not row.any():
            assert all((a[i] == 0).all() for a in together)
            continue
        last, (g, *gradients) = run(x[i : i + 1, row], weights=weights[i])
        for a, b in zip(together, last, strict=True):
            np.testing.assert_allclose(a[i], b[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(by_x[i, row], g[0], rtol=1e-12, atol=1e-14)
        alone = [total + g for total, g in zip(alone, gradients, strict=True)]
    assert (by_x[~mask] == 0).all()
    for a, b in zip(by_parameters, alone, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@every_cell
def test_a_state_handed_on_continues_the_sequence_and_stops_the_gradient(cell):
    net = PAIRS[cell][0](3, 5).initialize(seed=2)
    x = draw(2, 6, 3)
    whole, end = net.unroll(x)
    with Tape():
        _, state = net.unroll(x[:, :4])
    with Tape() as tape:
        h, state = net.unroll(x[:, 4:], state)
        loss = h.sum()
    np.testing.assert_allclose(h.data, whole[:, 4:], rtol=1e-12)
    for mine, other in zip(arrays(state), arrays(end), strict=True):
        np.testing.assert_allclose(mine.data, other, rtol=1e-12)
    truncated = tape.gradient(loss, net.parameters)
    with Tape() as tape:
        loss = net(x)[:, 4:].sum()
    assert np.abs(tape.gradient(loss, net.parameters) - truncated).max() > 1e-3


@every_cell
def test_float32_stays_float32(cell):
    net = PAIRS[cell][0](3, 5).initialize(dtype=np.float32)
    x = Tensor(draw(2, 4, 3).astype(np.float32))
    with Tape() as tape:
        h, state = net.unroll(x)
        loss = h.mean() + sum(a.mean() for a in arrays(state))
    assert {a.dtype for a in [h, *arrays(state)]} == {np.dtype("f4")}
    assert {g.dtype for g in tape.gradient(loss, [x, *net.parameters.values()])} == {np.dtype("f4")}


@every_cell
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("error")
def test_inputs_of_a_thousand_saturate_without_a_warning(cell, dtype):
    net = PAIRS[cell][0](3, 5).initialize(dtype=dtype)
    if cell == "relu":
        net.weight_hh_l0.data[...] *= 0.1  # it has no bound of its own
    x = Tensor(dtype(1e3) * np.sign(draw(2, 4, 3)).astype(dtype))
    with Tape() as tape:
        y = net(x).sum()
    assert np.isfinite(y.item())
    assert all(np.isfinite(g).all() for g in tape.gradient(y, [x, *net.parameters.values()]))


def test_an_rnn_by_hand():
    net = RNN(1, 1).initialize()
    net.theta = [0.5, -2.0, 0.1, 0.2]
    h1 = np.tanh(0.5 * 3 + 0.3)
    h2 = np.tanh(0.5 * -1 + 0.3 - 2 * h1)
    np.testing.assert_allclose(net(np.array([[[3.0], [-1.0]]])).ravel(), [h1, h2], rtol=1e-15)


def test_open_gates_of_an_lstm_add_up_the_candidates():
    net = LSTM(1, 1).initialize()
    net.theta = [0, 0, 1, 0, *[0] * 4, 1e3, 1e3, 0, 1e3, *[0] * 4]
    x = draw(1, 7, 1)
    h, (_, c) = net.unroll(x)
    sums = np.tanh(x).cumsum(1)
    np.testing.assert_allclose(h, np.tanh(sums), rtol=1e-14)
    np.testing.assert_allclose(c, sums[:, -1], rtol=1e-14)


def test_parameters_start_as_in_torch():
    theta = LSTM(20, 100).initialize(seed=0).theta
    assert np.abs(theta).max() <= 0.1
    assert theta.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.02)


def test_forget_bias_is_what_the_two_biases_add_up_to():
    plain, net = LSTM(3, 5).initialize(seed=0), LSTM(3, 5, forget_bias=1).initialize(seed=0)
    total = net.bias_ih_l0.data + net.bias_hh_l0.data
    assert total[5:10].tolist() == [1] * 5
    others = np.r_[0:5, 10:20]
    np.testing.assert_array_equal(net.bias_ih_l0.data[others], plain.bias_ih_l0.data[others])
    assert [*net.parameters] == [*plain.parameters]


@every_cell
def test_what_does_not_fit_is_refused(cell):
    net = PAIRS[cell][0](3, 5).initialize()
    x, half = draw(2, 4, 3), np.zeros((2, 5))
    for wrong in (draw(4, 3), draw(2, 4, 2), draw(2, 0, 3)):
        with pytest.raises(ValueError, match=r"takes x of shape \(N, T ≥ 1, 3\), got \("):
            net(wrong)
    for wrong in (np.zeros((1, 2, 5)), (half, half, half)):
        with pytest.raises(ValueError, match=r"of shape \(2, 5\) for this x, got shapes \["):
            net(x, wrong)
    for mask in (np.ones((2, 4)), np.ones((4, 2), bool)):
        with pytest.raises(ValueError, match=r"a boolean array of shape \(2, 4\), got"):
            net(x, mask=mask)


def test_a_layer_before_initialize_and_another_nonlinearity_are_refused():
    with pytest.raises(RuntimeError, match="call initialize"):
        GRU(3, 5)(draw(2, 4, 3))
    with pytest.raises(ValueError, match='"tanh" or "relu", got \'sigmoid\''):
        RNN(3, 5, nonlinearity="sigmoid")


def test_it_stands_in_a_network():
    net = Sequential(GRU(3, 5), Linear(5, 2)).initialize()
    assert [*net.parameters][:2] == ["0.weight_ih_l0", "0.weight_hh_l0"]
    assert net(draw(2, 4, 3)).shape == (2, 4, 2)
