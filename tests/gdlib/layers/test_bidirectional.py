import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.layers import GRU, LSTM, RNN, Bidirectional, Linear

PAIRS = [(RNN, torch.nn.RNN), (LSTM, torch.nn.LSTM), (GRU, torch.nn.GRU)]
every_cell = pytest.mark.parametrize(("ours", "theirs"), PAIRS)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def first(y):
    return y[0] if isinstance(y, tuple) else y


@every_cell
@pytest.mark.parametrize("shape", [(4, 6, 3), (1, 1, 3)])
def test_bidirectional_agrees_with_torch(compare_with_torch, ours, theirs, shape):
    torch.manual_seed(0)
    module = theirs(3, 5, batch_first=True, bidirectional=True)
    compare_with_torch(Bidirectional(ours(3, 5)), module, draw(*shape), forward=first)


@every_cell
def test_states_agree_with_torch(ours, theirs):
    torch.manual_seed(0)
    module = theirs(3, 5, batch_first=True, bidirectional=True).double()
    net = Bidirectional(ours(3, 5)).initialize()
    net.load_state_dict({name: p.detach().numpy() for name, p in module.named_parameters()})
    starts = [draw(2, 4, 5, seed=i) for i in range(net.layer.arrays)]
    if ours is LSTM:
        their_start, our_start = tuple(map(torch.tensor, starts)), tuple(zip(*starts, strict=True))
    else:
        their_start, our_start = torch.tensor(starts[0]), tuple(starts[0])
    y, their_final = module(torch.tensor(draw(4, 6, 3)), their_start)
    h, final = net.unroll(draw(4, 6, 3), our_start)
    np.testing.assert_allclose(h, y.detach().numpy(), rtol=1e-10, atol=1e-10)
    if ours is LSTM:
        final = tuple(np.stack(pair) for pair in zip(*final, strict=True))
    for mine, other in zip(
        np.stack(final), torch.stack([*their_final]).detach().numpy(), strict=True
    ):
        np.testing.assert_allclose(mine, other, rtol=1e-10, atol=1e-10)


def test_each_direction_starts_from_its_own_draw():
    net = Bidirectional(LSTM(3, 5, forget_bias=1)).initialize(seed=0)
    assert (net.weight_hh_l0.data != net.weight_hh_l0_reverse.data).all()
    assert net.bias_ih_l0_reverse.data[5:10].tolist() == [1] * 5


def test_padding_on_either_side_is_skipped_in_both_directions():
    net = Bidirectional(GRU(3, 5)).initialize(seed=0)
    x = draw(1, 3, 3)
    expected, final = net.unroll(x)
    padded = np.concatenate([draw(1, 2, 3, seed=1), x, draw(1, 1, 3, seed=2)], axis=1)
    mask = np.array([[False, False, True, True, True, False]])
    h, padded_final = net.unroll(padded, mask=mask)
    np.testing.assert_allclose(h[:, 2:5], expected, rtol=1e-12)
    np.testing.assert_allclose(padded_final, final, rtol=1e-12)


def test_float32_stays_float32():
    net = Bidirectional(LSTM(3, 5)).initialize(dtype=np.float32)
    x = Tensor(draw(2, 4, 3).astype(np.float32))
    with Tape() as tape:
        y = net(x).mean()
    assert {a.dtype for a in [y, *tape.gradient(y, [x, net.weight_hh_l0])]} == {np.dtype("f4")}


def test_another_layer_is_refused():
    with pytest.raises(TypeError, match="takes an RNN, LSTM or GRU, got Linear"):
        Bidirectional(Linear(3, 5))
