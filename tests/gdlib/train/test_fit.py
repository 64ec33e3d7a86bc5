"""``fit`` against a loop written out by hand, and what it keeps, stops at and refuses."""

import numpy as np
import pytest

from gdlib.activation import relu
from gdlib.autograd import Tape
from gdlib.data import Loader
from gdlib.layers import Linear, Sequential
from gdlib.loss import softmax_cross_entropy
from gdlib.optim import adam, gradient_descent, lamb, momentum
from gdlib.schedule import ReduceOnPlateau, step
from gdlib.train import NonFiniteError, accuracy, evaluate, fit


def network(seed=0):
    return Sequential(Linear(4, 8), relu, Linear(8, 3)).initialize(seed)


def samples(n=50, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    return x, (x @ rng.normal(size=(4, 3))).argmax(1)


def loader(**options):
    return Loader(*samples(), **{"batch_size": 16, "seed": 0, **options})


def test_steps_equal_a_loop_written_by_hand():
    net, by_hand = network(), network()
    history = fit(net, loader(), adam, 3, lr=0.01)
    state, losses = adam.init(by_hand.theta), []
    data = loader()
    for _ in range(3):
        for x, y in data:
            with Tape() as tape:
                loss = softmax_cross_entropy(by_hand(x), y)
            g = tape.gradient(loss, by_hand.parameters)
            by_hand.theta[:], state = adam.step(by_hand.theta, g, state, lr=0.01)
            losses.append(loss.item())
    assert net.theta.tolist() == by_hand.theta.tolist()
    assert history.loss.tolist() == losses
    assert history.stopped == "finished"
    assert len(losses) == 3 * 4


@pytest.mark.filterwarnings("ignore:lamb has no fused form")
@pytest.mark.parametrize("rule", [adam, lamb])
def test_the_compiled_loop_trains_alike(rule):
    nets = [network(), network()]
    runs = [
        fit(net, loader(), rule, 3, lr=step(0.05, 5, 0.5), form=form)
        for net, form in zip(nets, ("plain", "numba"), strict=True)
    ]
    assert runs[0].loss.tolist() == runs[1].loss.tolist()
    np.testing.assert_array_equal(runs[0].update_ratios, runs[1].update_ratios)
    assert nets[0].theta.tolist() == nets[1].theta.tolist()


def test_history_has_norms_and_ratios_of_each_parameter():
    net = network()
    before = net.theta.copy()
    history = fit(net, Loader(*samples(), batch_size=50, seed=0), gradient_descent, 1, lr=0.5)
    change = net.parameters.split(net.theta - before)
    start = net.parameters.split(before)
    assert history.names == ["0.weight", "0.bias", "2.weight", "2.bias"]
    for i, name in enumerate(history.names):
        # Plain descent's change is lr times the gradient.
        norm = np.linalg.norm(change[name])
        assert history.gradient_norms[0, i] == pytest.approx(norm / 0.5)
        if name.endswith("weight"):
            assert history.update_ratios[0, i] == pytest.approx(norm / np.linalg.norm(start[name]))
        else:
            assert np.isnan(history.update_ratios[0, i])
    whole = np.linalg.norm(net.theta - before) / 0.5
    assert history.norm[0] == pytest.approx(whole)
    assert history.lr.tolist() == [0.5]


def test_a_schedule_is_asked_for_the_rate_of_each_step():
    history = fit(network(), loader(), gradient_descent, 2, lr=step(0.1, every=3))
    np.testing.assert_allclose(history.lr, [0.1] * 3 + [0.01] * 3 + [0.001] * 2)


def test_a_plateau_schedule_is_told_the_validation_loss():
    schedule = ReduceOnPlateau(1e-4, patience=1, threshold=0.5)
    fit(network(), loader(), gradient_descent, 6, lr=schedule, validation=samples(seed=1))
    assert schedule.lr < 1e-4


def test_clipping_is_applied_and_its_rate_reported():
    def halve(g, parameters):
        return g / 2, np.linalg.norm(g)

    net, slow = network(), network()
    history = fit(net, loader(), gradient_descent, 1, lr=0.2, clip=halve)
    fit(slow, loader(), gradient_descent, 1, lr=0.1)
    np.testing.assert_allclose(net.theta, slow.theta, rtol=1e-12)
    assert history.clip_rate == 1
    assert fit(network(), loader(), gradient_descent, 1).clip_rate == 0


def test_rules_that_see_a_tensor_as_a_whole_are_applied_to_each_parameter():
    net, by_hand = network(), network()
    data = Loader(*samples(), batch_size=50, seed=0)
    fit(net, data, lamb, 1, lr=0.1)
    x, y = samples()
    with Tape() as tape:
        loss = softmax_cross_entropy(by_hand(x), y)
    g = by_hand.parameters.split(tape.gradient(loss, by_hand.parameters))
    for name, p in by_hand.parameters.items():
        p.data[...], _ = lamb.step(p.data, g[name], lamb.init(p.data), lr=0.1)
    np.testing.assert_allclose(net.theta, by_hand.theta, atol=1e-12)


def test_hyperparameters_may_differ_between_parameters():
    net = network()
    start = net.theta.copy()
    rates = np.where(np.arange(len(start)) < 40, 0.0, 0.1)
    fit(net, loader(), momentum, 1, lr=rates)
    changed = net.theta != start
    assert not changed[:40].any()
    assert changed[40:].any()


def test_the_best_epoch_is_kept_and_patience_stops():
    net = network()
    x, y = samples(seed=1)
    history = fit(
        net, loader(), momentum, 50, lr=3.0, validation=(x, y),
        metrics={"accuracy": accuracy}, monitor="accuracy", patience=4,
    )  # fmt: skip
    scores = history.of_epochs("accuracy")
    assert history.best_epoch == scores.argmax()
    assert history.stopped == "no better for 4 epochs"
    assert len(scores) == history.best_epoch + 5
    net.load_state_dict(history.best)
    assert evaluate(net, x, y, metrics={"accuracy": accuracy})["accuracy"] == scores.max()


def test_evaluation_does_not_depend_on_its_batches_and_keeps_the_mode():
    net = network().train()
    x, y = samples()
    whole = evaluate(net, x, y, metrics={"accuracy": accuracy})
    parts = evaluate(net, x, y, metrics={"accuracy": accuracy}, batch_size=7)
    assert parts == pytest.approx(whole, rel=1e-12)
    assert whole["loss"] == pytest.approx(softmax_cross_entropy(net(x), y))
    assert net.training


def test_float32_is_kept():
    net = Sequential(Linear(4, 3)).initialize(0, np.float32)
    fit(net, loader(), adam, 1)
    assert net.theta.dtype == np.float32


def overflowing():
    net = network()
    net.theta[:] = 1e200
    return net


def test_a_loss_that_is_not_finite_names_the_layer_and_the_step():
    net = overflowing()
    before = net.theta.copy()
    with pytest.raises(NonFiniteError, match=r"at step 1 \(epoch 1\).*layer 2 \(Linear\)") as error:
        fit(net, loader(), gradient_descent, 1)
    assert net.theta.tolist() == before.tolist()
    assert len(error.value.history.loss) == 0


def test_a_run_that_diverges_keeps_its_history():
    with pytest.raises(NonFiniteError, match="the loss is") as error:
        fit(network(), loader(), gradient_descent, 500, lr=1e9, loss=lambda z, y: (z**2).mean())
    history = error.value.history
    assert len(history.loss) >= 2
    assert np.isfinite(history.loss).all()


def test_input_that_is_not_finite_is_named():
    x, y = samples()
    x[3, 2] = np.nan
    with pytest.raises(NonFiniteError, match="first such output is that of the input"):
        fit(network(), Loader(x, y, batch_size=50, seed=0), gradient_descent, 1)


def infinite_slope(z, y):
    """A loss whose value is finite and whose derivative is not."""
    return np.sqrt(np.maximum(z, 0) * 0).sum()


def test_a_gradient_that_is_not_finite_names_the_parameter():
    with pytest.raises(NonFiniteError, match=r"gradient of 2.bias is not finite at step 1"):
        fit(network(), loader(), gradient_descent, 1, loss=infinite_slope)


def test_skipping_leaves_parameters_and_counts():
    net = network()
    before = net.theta.copy()
    history = fit(net, loader(), adam, 1, loss=infinite_slope, nonfinite="skip")
    assert history.skipped == 4
    assert len(history.loss) == 0
    assert net.theta.tolist() == before.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"lr": -1}, "lr must be finite, and lr not negative"),
        ({"lr": np.ones(3)}, r"a number or have theta's shape \(67,\)"),
        ({"alpha": 1}, "gradient_descent has no hyperparameter 'alpha'"),
        ({"patience": 2}, "need validation"),
        ({"validation": samples(), "monitor": "accuracy"}, "monitor must be 'loss' or a metric"),
        ({"validation": samples(), "metrics": {"loss": accuracy}}, "name the metric otherwise"),
        ({"nonfinite": "ignore"}, "nonfinite must be"),
        ({"form": "triton"}, "form must be 'plain' or 'numba', got 'triton'"),
        ({"form": "numba", "lr": np.ones(67)}, r"lr must be a number with form='numba'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_the_first_step(options, message):
    net = network()
    before = net.theta.copy()
    with pytest.raises((TypeError, ValueError), match=message):
        fit(net, loader(), gradient_descent, **{"epochs": 1, **options})
    assert net.theta.tolist() == before.tolist()


def test_a_bar_is_shown_when_asked_for(capfd):
    fit(network(), loader(), gradient_descent, 1, progress=True)
    assert "4/4" in capfd.readouterr().err
    fit(network(), loader(), gradient_descent, 1, progress=False)
    assert capfd.readouterr().err == ""
