"""Mini-batches: every sample once an epoch, in an order that a seed decides."""

import numpy as np


class Loader:
    """Mini-batches (x, y) of an epoch, in a fresh random order each time it is iterated.

        loader = Loader(x, y, batch_size=64, seed=0)
        for epoch in range(10):
            for x_batch, y_batch in loader:
                …

    Arguments
    ---------
    x, y: arrays whose first axis is the samples, or tuples of such arrays, which give tuples.
    batch_size: from 1 to the number of samples n.
    seed: of the one generator that draws a permutation at the start of each epoch.
    shuffle: False keeps the order of the samples, and batches are then views of x and y.
    drop_last: leave out the n mod batch_size samples that an epoch's order ends with, so that all
        batches are equally large.

    ``len`` is the number of batches. ``state`` and ``restore`` let an interrupted run go on where
    it was, in the middle of an epoch too. Leaving a loop early and iterating again begins a new
    epoch. Raises TypeError for what is not an array, ValueError for lengths that differ or a
    batch_size out of range.
    """

    def __init__(self, x, y, batch_size, seed=0, shuffle=True, drop_last=False):
        self.n = _samples(x, y)
        if not isinstance(batch_size, int | np.integer) or not 1 <= batch_size <= self.n:
            raise ValueError(
                f"batch_size must be a whole number from 1 to {self.n}, the number of samples, "
                f"got {batch_size!r}"
            )
        self.x, self.y = x, y
        self.batch_size = int(batch_size)
        self.shuffle, self.drop_last = bool(shuffle), bool(drop_last)
        self.epoch = 0  # epochs finished
        self._rng = np.random.default_rng(seed)
        self._before = self._rng.bit_generator.state  # the generator before this epoch's draw
        self._given = 0  # batches of this epoch that were handed out
        self._resuming = False

    def __len__(self):
        whole, rest = divmod(self.n, self.batch_size)
        return whole + bool(rest and not self.drop_last)

    def __iter__(self):
        if self._resuming:
            self._resuming = False
        else:
            self._before, self._given = self._rng.bit_generator.state, 0
        order = self._rng.permutation(self.n) if self.shuffle else None
        for i in range(self._given, len(self)):
            place = slice(i * self.batch_size, (i + 1) * self.batch_size)
            chosen = place if order is None else order[place]
            self._given = i + 1
            yield _rows(self.x, chosen), _rows(self.y, chosen)
        self.epoch += 1
        self._before, self._given = self._rng.bit_generator.state, 0

    def state(self):
        """Where it stands, as plain numbers and strings that JSON can hold.

        Taken inside the loop, the batch at hand counts as done. After the last one the rest of the
        epoch is empty: the first loop after ``restore`` then runs zero times.
        """
        progress = {"epoch": self.epoch, "given": self._given, "generator": self._before}
        return {**self._settings(), **progress}

    def restore(self, state):
        """Go on from ``state``: the next loop takes the rest of that epoch, bit for bit.

        Raises ValueError for the state of a loader of other settings or number of samples.
        """
        for name, own in self._settings().items():
            if state[name] != own:
                raise ValueError(f"this loader has {name} {own}, the state's has {state[name]}")
        self.epoch, self._given, self._before = state["epoch"], state["given"], state["generator"]
        self._rng.bit_generator.state = self._before
        self._resuming = True

    def _settings(self):
        return {
            "samples": self.n,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "drop_last": self.drop_last,
        }


def _samples(x, y):
    """The number of samples that all arrays have."""
    arrays = [a for part in (x, y) for a in (part if isinstance(part, tuple) else (part,))]
    for a in arrays:
        if not isinstance(a, np.ndarray) or a.ndim == 0:
            raise TypeError(
                f"x and y must be arrays with samples along the first axis, or tuples of them, "
                f"got {type(a).__name__}; convert it with np.asarray"
            )
    lengths = [len(a) for a in arrays]
    if len(set(lengths)) != 1:
        raise ValueError(f"all arrays must have the same number of samples, got {lengths}")
    return lengths[0]


def _rows(part, chosen):
    if isinstance(part, tuple):
        return tuple(_rows(a, chosen) for a in part)
    # take is three times as fast as an index array
    return part[chosen] if isinstance(chosen, slice) else part.take(chosen, axis=0)
