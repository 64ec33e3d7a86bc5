"""The shipped digits are scikit-learn's, whole, and divided by a seed."""

import importlib

import numpy as np
import pytest

from gdlib.data import digits, split

module = importlib.import_module("gdlib.data.digits")

# The first image of sklearn.datasets.load_digits, a zero.
FIRST = """
 0  0  5 13  9  1  0  0
 0  0 13 15 10 15  5  0
 0  3 15  2  0 11  8  0
 0  4 12  0  0  8  8  0
 0  5  8  0  0  9  8  0
 0  4 11  0  1 12  7  0
 0  2 14  5 10 12  0  0
 0  0  6 13 10  0  0  0
"""


def rows(x):
    return {row.tobytes() for row in x}


def test_images_are_those_of_scikit_learn():
    images, labels = module.images()
    assert images.shape == (1797, 8, 8)
    assert images[0].tolist() == [[int(p) for p in line.split()] for line in FIRST.split("\n")[1:9]]
    assert images[-1, 0].tolist() == [0, 0, 10, 14, 8, 1, 0, 0]
    assert (images.min(), images.max(), images.sum(dtype=int)) == (0, 16, 561718)
    assert labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert labels[-1] == 8


def test_classes_are_as_frequent_as_in_the_source():
    _, labels = module.images()
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_a_damaged_file_is_refused(tmp_path, monkeypatch):
    damaged = tmp_path / "digits.npz"
    content = bytearray(module.FILE.read_bytes())
    content[20000] ^= 1
    damaged.write_bytes(content)
    monkeypatch.setattr(module, "FILE", damaged)
    with pytest.raises(
        ValueError, match=r"digits\.npz is damaged: its SHA-256 begins .* reinstall"
    ):
        digits()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_and_dtypes(dtype):
    data = digits(dtype=dtype)
    assert data.x_train.shape == (1438, 64)
    assert data.x_test.shape == (359, 64)
    assert data.y_train.shape == (1438,)
    assert data.y_test.shape == (359,)
    assert data.x_train.dtype == data.x_test.dtype == dtype
    assert data.y_train.dtype == data.y_test.dtype == np.int64


def test_unit_scale_runs_from_0_to_1_and_keeps_every_image_once():
    data = digits()
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1
    images, labels = module.images()
    both = np.concatenate([data.x_train, data.x_test]).tolist()
    pairs = sorted(zip(both, [*data.y_train, *data.y_test], strict=True))
    expected = sorted(zip((images.reshape(-1, 64) / 16).tolist(), labels, strict=True))
    assert pairs == expected


def test_training_pixels_are_standardised_with_their_own_statistics():
    data, unit = digits("standard"), digits()
    varies = unit.x_train.std(axis=0) > 0
    assert 0 < (~varies).sum() < 5
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x_train.std(axis=0), varies, atol=1e-12)
    mean, deviation = unit.x_train.mean(axis=0)[varies], unit.x_train.std(axis=0)[varies]
    expected = (unit.x_test[:, varies] - mean) / deviation
    np.testing.assert_allclose(data.x_test[:, varies], expected)
    assert not data.x_test[:, ~varies].any()


def test_the_seed_decides_the_split_and_the_scale_does_not():
    assert rows(digits(seed=1).x_test) == rows(digits(seed=1).x_test)
    assert rows(digits(seed=1).x_test) != rows(digits(seed=2).x_test)
    assert digits().y_test.tolist() == digits("standard").y_test.tolist()


def test_no_test_image_is_a_training_image():
    data = digits()
    assert not rows(data.x_train) & rows(data.x_test)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="scale must be 'unit' or 'standard', got 'minmax'"):
        digits("minmax")
    with pytest.raises(ValueError, match="dtype must be floating point, got int64"):
        digits(dtype=np.int64)
    for share in (0, 1, -0.1, 1.5):
        with pytest.raises(ValueError, match="fraction must leave samples in both parts"):
            digits(test=share)


def test_split_divides_the_samples_and_keeps_pairs_together():
    x, y = np.arange(10.0)[:, None], np.arange(10)
    (x_kept, y_kept), (x_aside, y_aside) = split(x, y, fraction=0.3, seed=4)
    assert (len(x_kept), len(x_aside)) == (7, 3)
    assert sorted([*y_kept, *y_aside]) == list(range(10))
    assert x_kept[:, 0].tolist() == y_kept.tolist()
    assert x_aside[:, 0].tolist() == y_aside.tolist()
    with pytest.raises(ValueError, match="x and y must be of one length, got 10 and 9"):
        split(x, y[1:])
