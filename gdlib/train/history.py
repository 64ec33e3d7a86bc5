"""What a training run went through."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class History:
    """Numbers of every step and every epoch; lists while the run goes on.

    names: the network's parameters, in the order of the columns below.
    loss: of the mini-batch before the step, shape (steps,).
    lr: learning rate of the step, (steps,).
    norm: of the whole gradient, before clipping, (steps,).
    gradient_norms: of each parameter's gradient before clipping, (steps, parameters).
    update_ratios: ‖change of the parameter‖ / ‖parameter before it‖, (steps, parameters); NaN
        where the parameter was 0.
    clipped: whether clipping changed the gradient, (steps,) bools.
    skipped: steps left out because their gradient was not finite.
    epochs: one dict for each finished epoch, with "train_loss", the mean over its steps, and if
        there is validation data "loss" and every metric on it.
    best_epoch: the index in ``epochs`` of the best one so far, None without validation data.
    best: that epoch's ``state_dict``, for ``net.load_state_dict(history.best)``.
    stopped: why the run ended: "finished" or "no better for 3 epochs".
    """

    names: list
    loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)
    norm: list = field(default_factory=list)
    gradient_norms: list = field(default_factory=list)
    update_ratios: list = field(default_factory=list)
    clipped: list = field(default_factory=list)
    skipped: int = 0
    epochs: list = field(default_factory=list)
    best_epoch: int | None = None
    best: dict | None = None
    stopped: str = "running"

    PER_STEP = ("loss", "lr", "norm", "gradient_norms", "update_ratios", "clipped")

    @property
    def clip_rate(self):
        """The share of steps whose gradient was clipped."""
        return float(np.mean(self.clipped)) if len(self.clipped) else 0.0

    def of_epochs(self, name):
        """One of the epochs' numbers as an array, for example ``of_epochs("accuracy")``."""
        if self.epochs and name not in self.epochs[0]:
            raise ValueError(f"no epoch has {name!r}; they have {', '.join(self.epochs[0])}")
        return np.array([epoch[name] for epoch in self.epochs])

    def to_arrays(self):
        """Turn the lists of the steps into arrays; returns the history itself."""
        columns = len(self.names)
        for name in self.PER_STEP:
            array = np.array(getattr(self, name))
            if name in ("gradient_norms", "update_ratios"):
                array = array.reshape(-1, columns)
            setattr(self, name, array)
        return self

    def to_lists(self):
        """Turn the arrays of the steps into lists again, to go on; returns the history itself."""
        for name in self.PER_STEP:
            setattr(self, name, list(getattr(self, name)))
        return self

    def __repr__(self):
        last = f", {format_epoch(self.epochs[-1])}" if self.epochs else ""
        return f"<History of {len(self.loss)} steps, {self.stopped}{last}>"


def format_epoch(epoch):
    """The numbers of an epoch in a line."""
    return ", ".join(f"{name} {value:.3g}" for name, value in epoch.items())
