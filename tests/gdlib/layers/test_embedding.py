import numpy as np
import pytest
import torch

from gdlib.autograd import Tape
from gdlib.layers import Embedding, Linear, Sequential


def lookups(shape, n=7):
    return np.random.default_rng(0).integers(0, n, shape)


@pytest.mark.parametrize("shape", [(5,), (4, 9), (2, 3, 4), (0,), ()])
@pytest.mark.parametrize("padding_idx", [None, 0, 2])
def test_embedding_agrees_with_torch(compare_with_torch, shape, padding_idx):
    theirs = torch.nn.Embedding(7, 3, padding_idx=padding_idx)
    compare_with_torch(Embedding(7, 3, padding_idx=padding_idx), theirs, np.array(lookups(shape)))


def test_a_row_used_twice_gets_both_gradients():
    layer = Embedding(4, 2).initialize()
    with Tape() as tape:
        total = (layer(np.array([[1, 3], [1, 1]])) * np.arange(8.0).reshape(2, 2, 2)).sum()
    g = tape.gradient(total, layer.weight)
    assert g.tolist() == [[0, 0], [0 + 4 + 6, 1 + 5 + 7], [0, 0], [2, 3]]


def test_it_is_a_linear_layer_on_one_hot_vectors():
    layer = Embedding(7, 3).initialize(seed=0)
    indices = lookups((4, 5))
    one_hot = np.eye(7)[indices]
    np.testing.assert_array_equal(layer(indices), one_hot @ layer.weight.data)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_small_integers_address_a_large_table(dtype):
    layer = Embedding(200, 300).initialize()
    with Tape() as tape:
        total = layer(np.array([199], dtype)).sum()
    g = tape.gradient(total, layer.weight)
    assert g[199].tolist() == [1] * 300
    assert g.sum() == 300


def test_the_padding_row_starts_at_zero_and_the_rest_is_standard_normal():
    weight = Embedding(2000, 20, padding_idx=3).initialize(seed=0).weight.data
    assert not weight[3].any()
    assert np.delete(weight, 3, 0).std() == pytest.approx(1, abs=0.02)


def test_float32_stays_float32():
    net = Sequential(Embedding(7, 3), Linear(3, 2)).initialize(dtype=np.float32)
    with Tape() as tape:
        loss = net(lookups((4, 5))).sum()
    assert loss.dtype == tape.gradient(loss, net.parameters).dtype == np.float32


@pytest.mark.parametrize("wrong", [7, -1])
def test_an_index_out_of_range_is_refused_and_named(wrong):
    with pytest.raises(IndexError, match=rf"of 7 rows takes indices from 0 to 6, got {wrong}$"):
        Embedding(7, 3).initialize()(np.array([[1, wrong], [2, 3]]))


def test_indices_that_are_not_integers_are_refused():
    for indices in (np.ones(3), np.ones(3, bool)):
        with pytest.raises(TypeError, match=f"takes integer indices, got {indices.dtype}"):
            Embedding(7, 3).initialize()(indices)


def test_a_padding_index_out_of_range_is_refused():
    with pytest.raises(ValueError, match="padding_idx must lie from 0 to 6, got 7"):
        Embedding(7, 3, padding_idx=7)
