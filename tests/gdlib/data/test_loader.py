"""Every sample once an epoch, orders that differ, and runs that go on bit for bit."""

import json
from itertools import chain

import numpy as np
import pytest

from gdlib.data import Loader

N = 23
X, Y = np.arange(N * 6.0).reshape(N, 2, 3), np.arange(N)


def labels(batches):
    return [y.tolist() for _, y in batches]


def flat(lists):
    return list(chain.from_iterable(lists))


@pytest.mark.parametrize("batch_size", [1, 5, 22, 23])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_sample_comes_once_an_epoch(batch_size, shuffle):
    loader = Loader(X, Y, batch_size, seed=3, shuffle=shuffle)
    for _ in range(3):
        batches = list(loader)
        assert len(batches) == len(loader) == -(-N // batch_size)
        assert sorted(flat(labels(batches))) == list(range(N))
        assert all(len(y) == batch_size for _, y in batches[:-1])
        for x, y in batches:
            np.testing.assert_array_equal(x, X[y])
    assert loader.epoch == 3


def test_dropping_the_last_leaves_whole_batches_and_different_samples_out():
    loader = Loader(X, Y, 5, seed=0, drop_last=True)
    epochs = [labels(loader) for _ in range(2)]
    assert all(len(batch) == 5 for epoch in epochs for batch in epoch)
    assert len(loader) == 4
    left_out = [set(range(N)) - set(flat(epoch)) for epoch in epochs]
    assert left_out[0] != left_out[1]
    assert len(Loader(X[:20], Y[:20], 5, drop_last=True)) == 4


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_them():
    loader, twin, other = (Loader(X, Y, 5, seed=s) for s in (1, 1, 2))
    first, second = labels(loader), labels(loader)
    assert first != second
    assert [labels(twin), labels(twin)] == [first, second]
    assert labels(other) != first


def test_orders_are_uniform_over_the_permutations():
    loader, counts = Loader(X[:3], Y[:3], 3, seed=0), {}
    for _ in range(1200):
        order = tuple(labels(loader)[0])
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    # five standard deviations of a count with mean 200
    assert all(abs(c - 200) < 5 * np.sqrt(1200 * 5 / 36) for c in counts.values())


def test_without_shuffling_the_order_stays_and_batches_are_views():
    loader = Loader(X, Y, 10, shuffle=False)
    batches = list(loader)
    assert labels(batches) == [list(range(10)), list(range(10, 20)), [20, 21, 22]]
    assert all(np.shares_memory(x, X) for x, _ in batches)
    assert labels(loader) == labels(batches)


def test_tuples_of_arrays_give_tuples():
    tokens = np.arange(N * 4).reshape(N, 4)
    for (x, t), y in Loader((X, tokens), Y, 5, seed=0):
        np.testing.assert_array_equal(x, X[y])
        np.testing.assert_array_equal(t, tokens[y])
    x, (y, again) = next(iter(Loader(X, (Y, Y), 5)))
    assert y.tolist() == again.tolist()
    np.testing.assert_array_equal(x, X[y])


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("cut", range(13))
def test_a_restored_loader_goes_on_bit_for_bit(cut, shuffle):
    """Cut after any batch of 2 epochs of 5, then taken up by a new loader through JSON."""
    whole = Loader(X, Y, 5, seed=7, shuffle=shuffle)
    expected = [labels(whole) for _ in range(4)]

    loader, done, saved = Loader(X, Y, 5, seed=7, shuffle=shuffle), 0, None
    if cut == 0:
        saved = json.dumps(loader.state())
    while saved is None:
        for _ in loader:
            done += 1
            if done == cut:
                saved = json.dumps(loader.state())
                break

    resumed = Loader(X, Y, 5, seed=99, shuffle=shuffle)
    resumed.restore(json.loads(saved))
    rest = []
    while resumed.epoch < 4:
        rest += labels(resumed)
    assert rest == flat(expected)[cut:]


def test_a_state_between_epochs_leads_to_the_next_epoch():
    loader = Loader(X, Y, 5, seed=7)
    list(loader)
    resumed = Loader(X, Y, 5)
    resumed.restore(loader.state())
    assert resumed.epoch == 1
    assert labels(resumed) == labels(loader)


def test_after_the_last_batch_the_rest_of_the_epoch_is_empty():
    loader = Loader(X, Y, 5, seed=7)
    for _ in loader:
        state = loader.state()
    resumed = Loader(X, Y, 5)
    resumed.restore(state)
    assert list(resumed) == []
    assert resumed.epoch == 1
    assert labels(resumed) == labels(loader)


def test_restoring_goes_back_as_often_as_wanted():
    loader = Loader(X, Y, 5, seed=7)
    batches = iter(loader)
    next(batches)
    state = loader.state()
    expected = labels(batches)
    for _ in range(2):
        list(loader)
        loader.restore(state)
        assert labels(loader) == expected


def test_a_loop_left_early_is_followed_by_a_new_epoch():
    loader = Loader(X, Y, 5, seed=7)
    next(iter(loader))
    assert sorted(flat(labels(loader))) == list(range(N))


def test_float32_stays_float32_and_the_data_stay_as_they_are():
    x = X.astype(np.float32)
    before = x.copy()
    for batch, _ in Loader(x, Y, 5, seed=0):
        assert batch.dtype == np.float32
        batch += 1
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("batch_size", [0, -1, N + 1, 2.0, None])
def test_a_batch_size_out_of_range_is_refused(batch_size):
    with pytest.raises(ValueError, match="batch_size must be a whole number from 1 to 23"):
        Loader(X, Y, batch_size)


def test_what_is_no_array_or_of_another_length_is_refused():
    with pytest.raises(TypeError, match=r"got list; convert it with np\.asarray"):
        Loader([1, 2], Y, 1)
    with pytest.raises(TypeError, match="arrays with samples along the first axis"):
        Loader(np.float64(1), Y, 1)
    with pytest.raises(ValueError, match=r"the same number of samples, got \[23, 22\]"):
        Loader(X, Y[1:], 5)
    with pytest.raises(ValueError, match=r"the same number of samples, got \[23, 22, 23\]"):
        Loader((X, X[1:]), Y, 5)


def test_the_state_of_another_loader_is_refused():
    loader = Loader(X, Y, 5)
    for other, said in (
        (Loader(X, Y, 4), "this loader has batch_size 5, the state's has 4"),
        (Loader(X[1:], Y[1:], 5), "this loader has samples 23, the state's has 22"),
        (Loader(X, Y, 5, drop_last=True), "this loader has drop_last False, the state's has True"),
    ):
        with pytest.raises(ValueError, match=said):
            loader.restore(other.state())
