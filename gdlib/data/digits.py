"""Handwritten digits: 1,797 real images of 8 × 8 pixels, shipped with the course.

They are the test part of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits"
(1998), UCI Machine Learning Repository, https://doi.org/10.24432/C50P49, licensed CC BY 4.0, the
pixels unchanged; scikit-learn ships the same as ``load_digits``. Each pixel counts the dark points
in a block of 4 × 4 of a scan: 0 to 16. First used in E. Alpaydin and C. Kaynak, "Cascading
classifiers", Kybernetika 34(4), 1998, 369-374.
"""

import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gdlib.data.split import split

FILE = Path(__file__).with_name("digits.npz")
SHA256 = "b2dab7b501728c22e9119ad76740b2e17c77a231e42d1e592380d90886f1a05e"


class Digits(NamedTuple):
    """Training and test samples: x of shape (n, 64), pixels row by row; y of shape (n,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def images():
    """All images, (1797, 8, 8) whole numbers from 0 to 16, and their labels, (1797,), 0 to 9.

    Raises ValueError for a file that is not the one that was shipped.
    """
    content = FILE.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{FILE} is damaged: its SHA-256 begins {found[:12]}, not {SHA256[:12]}; check it out "
            "again or reinstall the course"
        )
    with np.load(io.BytesIO(content)) as arrays:
        return arrays["images"], arrays["labels"].astype(np.int64)


def digits(scale="unit", test=0.2, seed=0, dtype=np.float64):
    """The images as rows of 64 numbers, divided into training and test samples.

    Arguments
    ---------
    scale: "unit" for pixel / 16, from 0 to 1; "standard" for (pixel − μ) / σ, with mean and
        deviation of each pixel over the *training* samples, so that the test set stays unseen. A
        pixel that never varies there becomes 0.
    test: the share of the samples set aside (default: a fifth, 359).
    seed: of the split. The same seed gives the same split, whatever the scale.
    dtype: of x, np.float64 or np.float32.

    Returns Digits. For a convolution: ``x_train.reshape(-1, 1, 8, 8)``. For a validation set
    divide the training samples again with ``split``.
    Raises ValueError for a scale, share or dtype other than these.
    """
    if scale not in ("unit", "standard"):
        raise ValueError(f"scale must be 'unit' or 'standard', got {scale!r}")
    if np.dtype(dtype).kind != "f":
        raise ValueError(f"dtype must be floating point, got {np.dtype(dtype)}")
    pixels, labels = images()
    x = pixels.reshape(len(pixels), -1) / 16
    (x_train, y_train), (x_test, y_test) = split(x, labels, test, seed)
    if scale == "standard":
        mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
        deviation[deviation == 0] = np.inf
        x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
    return Digits(x_train.astype(dtype), y_train, x_test.astype(dtype), y_test)
