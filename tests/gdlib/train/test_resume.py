"""An interrupted run, resumed from its file, equals one that was not interrupted."""

import os

import numpy as np
import pytest

from gdlib.autograd import primitive
from gdlib.data import Loader
from gdlib.layers import Layer, Linear, Sequential
from gdlib.optim import adam, momentum, rprop
from gdlib.schedule import ReduceOnPlateau
from gdlib.train import checkpoint, fit


@primitive
def masked(x, mask):
    return x * mask, lambda g: g * mask


class Noisy(Layer):
    """Draws from the network's random state, as dropout does, and has a buffer."""

    def __init__(self):
        super().__init__()
        self.declare_buffer("seen", lambda dtype: np.zeros((), dtype))

    def forward(self, x):
        if not self.training:
            return x
        self.buffers["seen"] += len(x)
        return masked(x, (self.rng.random(x.shape) < 0.8).astype(x.dtype))


def network():
    return Sequential(Linear(4, 8), Noisy(), Linear(8, 3)).initialize(0)


def data(batch_size=16):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 4))
    return Loader(x, x[:, :3].argmax(1), batch_size=batch_size, seed=3)


def settings():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4))
    return {
        "validation": (x, x[:, :3].argmax(1)),
        "lr": ReduceOnPlateau(0.05, patience=1, threshold=0.3),
    }


class PowerCutError(Exception):
    pass


def cut_after(steps):
    """A gradient hook that stops the run, in the middle of an epoch."""
    left = [steps]

    def clip(g, parameters):
        left[0] -= 1
        if left[0] < 0:
            raise PowerCutError
        return g, None

    return clip


@pytest.mark.parametrize(
    ("rule", "form"),
    [(adam, "plain"), (momentum, "plain"), (rprop, "plain"), (adam, "numba"), (rprop, "numba")],
)
def test_an_interrupted_run_equals_an_uninterrupted_one_bit_for_bit(rule, form, tmp_path):
    # The uninterrupted run is the plain one: the compiled loop differs from it in no bit.
    whole, path = network(), tmp_path / "run.npz"
    expected = fit(whole, data(), rule, 6, **settings())
    given = {"checkpoint": path, "form": form, **settings()}
    with pytest.raises(PowerCutError):
        fit(network(), data(), rule, 6, clip=cut_after(14), **given)
    net = network()
    history = fit(net, data(), rule, 6, resume=True, **given)
    assert net.state_dict().keys() == whole.state_dict().keys()
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(net.state_dict()[name], array)
    for name in expected.PER_STEP:
        np.testing.assert_array_equal(getattr(history, name), getattr(expected, name))
    assert history.epochs == expected.epochs
    assert history.best_epoch == expected.best_epoch
    for name, array in expected.best.items():
        np.testing.assert_array_equal(history.best[name], array)


def test_a_finished_run_can_be_prolonged(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), data(), adam, 2, checkpoint=path)
    net, whole = network(), network()
    history = fit(net, data(), adam, 5, checkpoint=path, resume=True)
    assert len(history.epochs) == 5
    fit(whole, data(), adam, 5)
    np.testing.assert_array_equal(net.theta, whole.theta)


def test_a_run_is_not_overwritten_unless_told_to_go_on(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), data(), adam, 1, checkpoint=path)
    held = path.read_bytes()
    with pytest.raises(FileExistsError, match="pass resume=True"):
        fit(network(), data(), adam, 1, checkpoint=path)
    assert path.read_bytes() == held


def test_other_settings_do_not_resume(tmp_path):
    path = tmp_path / "run.npz"
    fit(network(), data(), adam, 1, checkpoint=path, lr=0.1)
    net = network()
    with pytest.raises(ValueError, match="was made with"):
        fit(net, data(), adam, 2, checkpoint=path, resume=True, lr=0.2)
    with pytest.raises(ValueError, match="was made with"):
        fit(net, data(), momentum, 2, checkpoint=path, resume=True)
    assert net.theta.tolist() == network().theta.tolist()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    checkpoint.save(path, {"a": np.arange(3), "b": [1, None, "x", {"c": np.float32(2)}]})
    held = path.read_bytes()

    def full(file):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        checkpoint.save(path, {"a": np.arange(4)})
    assert path.read_bytes() == held
    assert [*tmp_path.iterdir()] == [path]


def test_what_is_saved_comes_back(tmp_path):
    path = tmp_path / "run.npz"
    tree = {"a": np.arange(3), "b": [1, None, "x", {"c": np.float32(2.5)}], "big": 2**100}
    checkpoint.save(path, tree)
    back = checkpoint.load(path)
    assert back["a"].tolist() == [0, 1, 2]
    assert back["b"][:3] == [1, None, "x"]
    assert back["b"][3]["c"].dtype == np.float32
    assert back["big"] == 2**100


def test_other_files_and_values_are_refused(tmp_path):
    path = tmp_path / "other.npz"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match="is not a checkpoint of fit"):
        checkpoint.load(path)
    np.savez(path, a=1)
    with pytest.raises(ValueError, match="is not a checkpoint of fit"):
        checkpoint.load(path)
    with pytest.raises(TypeError, match=r"cannot hold net\.f, a function"):
        checkpoint.save(tmp_path / "new.npz", {"net": {"f": lambda: 0}})
    assert not (tmp_path / "new.npz").exists()
