"""Train a network with any rule of the course."""

from pathlib import Path

import numpy as np

from gdlib.autograd import Tape, value_of
from gdlib.loss import softmax_cross_entropy
from gdlib.train.checks import prepare
from gdlib.train.diagnose import NonFiniteError, explain_gradient, explain_loss
from gdlib.train.evaluate import evaluate
from gdlib.train.history import History, format_epoch
from gdlib.train.run import Run


def fit(
    net,
    data,
    rule,
    epochs,
    *,
    loss=softmax_cross_entropy,
    validation=None,
    metrics=None,
    monitor="loss",
    patience=None,
    clip=None,
    nonfinite="raise",
    form="plain",
    checkpoint=None,
    resume=False,
    progress=None,
    **hyper,
):
    """Train ``net`` in place: for each mini-batch one gradient and one step of ``rule``.

        θ, state = rule.step(θ, clip(∂loss/∂θ), state, lr=…)

    Arguments
    ---------
    net: an initialized Layer; its parameters, buffers and random state change.
    data: a Loader of mini-batches (x, y).
    rule: a module of ``gdlib.optim`` or a variant. One that is not elementwise (LAMB, Muon) is
        applied to each parameter by itself.
    epochs: passes through the data, at least 1.
    loss: from (net(x), y) to one number, a mean over the samples.
    validation: held-out (x, y), evaluated after each epoch in evaluation mode.
    metrics: name → function (outputs, y) → number, a mean over the samples; larger is better.
    monitor: "loss" or the name of a metric, which decides about the best epoch.
    patience: stop after so many epochs in a row without a better one.
    clip: function (gradient, parameters) → (clipped gradient, norm before); see ``gdlib.clip``.
    nonfinite: what to do with a gradient that is not finite: "raise", or "skip" the step, which
        leaves parameters and the rule's state as they are and counts in ``history.skipped``. A
        loss that is not finite always raises.
    form: "plain" calls the rule, "numba" its compiled loop with the same results, which is faster
        for large networks and needs Numba; hyperparameters are then numbers or schedules.
    checkpoint: a file that holds the run after each epoch, with the best epoch's parameters.
    resume: go on from that file, if it exists; the result equals that of an uninterrupted run.
    progress: True for a bar, False for none, None for one if there is a terminal.
    hyper: the rule's hyperparameters: numbers, arrays shaped like θ, or schedules, functions from
        the number of steps taken to a number. A schedule with ``update``, such as
        ReduceOnPlateau, is told the monitored loss after each epoch.

    Returns the History. Raises NonFiniteError, with the layer, the step and the history so far;
    ValueError and TypeError for arguments that make no sense; FileExistsError for a checkpoint
    that would be overwritten.
    """
    prepare(net, rule, epochs, hyper, validation, metrics, monitor, patience, nonfinite, form)
    path = Path(checkpoint) if checkpoint is not None else None
    run = Run(net, data, rule, hyper, History([*net.parameters]), form)
    if path is not None and path.exists():
        if not resume:
            raise FileExistsError(
                f"{path} holds a run already; pass resume=True to go on with it, or remove it"
            )
        run.restore(path)
    history = run.history
    if history.stopped == "finished" and len(history.epochs) < epochs:
        history.stopped = "running"
    bar = _bar(progress, epochs, len(data), len(history.loss))
    was_training = net.training
    try:
        while history.stopped == "running":
            net.train()
            first = len(history.loss)
            for x, y in data:
                _one_step(run, x, y, loss, clip, nonfinite)
                bar.update()
            _finish_epoch(run, first, epochs, loss, validation, metrics, monitor, patience)
            bar.set_postfix_str(format_epoch(history.epochs[-1]))
            if path is not None:
                run.save(path)
    except NonFiniteError as error:
        error.history = history.to_arrays()
        raise
    finally:
        net.train(was_training)
        bar.close()
    return history.to_arrays()


def _one_step(run, x, y, loss, clip, nonfinite):
    net, history = run.net, run.history
    x = _like(x, net.theta.dtype)
    place = (len(history.loss) + history.skipped + 1, len(history.epochs) + 1)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        with Tape() as tape:
            value = loss(net(x), y)
        number = float(value_of(value))
        if not np.isfinite(number):
            raise NonFiniteError(explain_loss(net, x, number, *place))
        g = tape.gradient(value, net.parameters)
    norms = run.norms(g)
    if not np.isfinite(norms).all() and not np.isfinite(g).all():
        if nonfinite == "raise":
            raise NonFiniteError(explain_gradient(net, g, number, *place))
        history.skipped += 1
        return
    clipped = g if clip is None else clip(g, net.parameters)[0]
    history.loss.append(number)
    history.gradient_norms.append(norms)
    history.norm.append(float(np.sqrt(np.sum(norms**2))))
    history.clipped.append(clipped is not g and not np.array_equal(clipped, g))
    run.step(clipped)


def _finish_epoch(run, first, epochs, loss, validation, metrics, monitor, patience):
    """Note the epoch's numbers, keep the best parameters, decide whether to go on."""
    net, history = run.net, run.history
    steps = history.loss[first:]
    epoch = {"train_loss": float(np.mean(steps)) if steps else np.nan}
    if validation is not None:
        epoch |= evaluate(net, *validation, loss=loss, metrics=metrics)
    history.epochs.append(epoch)
    for schedule in run.schedules.values():
        if hasattr(schedule, "update"):
            schedule.update(epoch.get("loss", epoch["train_loss"]))
    if validation is not None and _better(history, monitor):
        history.best_epoch, history.best = len(history.epochs) - 1, net.state_dict()
    if patience and len(history.epochs) - 1 - history.best_epoch >= patience:
        history.stopped = f"no better for {patience} epochs"
    elif len(history.epochs) >= epochs:
        history.stopped = "finished"


def _better(history, monitor):
    """Whether the last epoch is the best so far; of equal ones the first is."""
    now = history.epochs[-1][monitor]
    if history.best_epoch is None:
        return True
    best = history.epochs[history.best_epoch][monitor]
    return np.isnan(best) or (now < best if monitor == "loss" else now > best)


def _like(x, dtype):
    """Floating-point input in the network's precision; indices as they are."""
    return x.astype(dtype, copy=False) if x.dtype.kind == "f" else x


def _bar(progress, epochs, steps, done):
    from tqdm.auto import tqdm

    disable = None if progress is None else not progress
    return tqdm(total=epochs * steps, initial=done, disable=disable, unit="step")
