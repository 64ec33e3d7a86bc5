"""Exercise: batch normalisation of one channel, forward, backward and in evaluation."""

from functools import partial

import numpy as np

from gdlib.exercises._exercise import code_exercise, wrong_code


def normalize_batch(x, G, gamma, beta, mean, var, training, momentum, eps):
    """Batch norm of one channel: forward, backward and running statistics.

    x: the channel's values in the batch, shape (N,), N at least 2.
    G: ∂L/∂y, shape (N,).
    gamma, beta: scale and shift, two numbers: y = gamma x̂ + beta.
    mean, var: the running statistics before this batch.
    training: True in training, False in evaluation.
    momentum: the weight of the new batch in the running statistics.
    eps: added to the variance, inside the root.

    Return y, grad_x, grad_gamma, grad_beta, mean, var: y and ∂L/∂x of
    shape (N,), ∂L/∂gamma, ∂L/∂beta, and the running statistics after
    this batch.
    """
    n = len(x)
    if training:
        mu, sigma2 = x.mean(), x.var()
        mean = mean + momentum * (mu - mean)
        var = var + momentum * (sigma2 * n / (n - 1) - var)
    else:
        mu, sigma2 = mean, var
    s = 1 / np.sqrt(sigma2 + eps)
    x_hat = (x - mu) * s
    grad_gamma, grad_beta = (G * x_hat).sum(), G.sum()
    grad_x = gamma * s * G
    if training:
        grad_x = gamma * s * (G - grad_beta / n - x_hat * grad_gamma / n)
    return gamma * x_hat + beta, grad_x, grad_gamma, grad_beta, mean, var


def _with_matrices(x, G, gamma, beta, mean, var, training, momentum, eps):
    if not training:
        d = np.sqrt(var + eps)
        y = beta + gamma * (x - mean) / d
        return y, gamma / d * G, G @ (x - mean) / d, G.sum(), mean, var
    n = len(x)
    centred = x - x.sum() / n
    d = np.sqrt(centred @ centred / n + eps)
    away = np.eye(n) - np.ones((n, n)) / n - np.outer(centred, centred) / (n * d**2)
    mean = (1 - momentum) * mean + momentum * x.sum() / n
    var = (1 - momentum) * var + momentum * (centred @ centred) / (n - 1)
    y = beta + gamma * centred / d
    return y, away @ (gamma * G) / d, G @ centred / d, G.sum(), mean, var


_rng = np.random.default_rng(0)


def _probe(n, training, momentum, eps):
    x, G = _rng.normal(2, 3, n).round(1), _rng.normal(0, 1, n).round(1)
    return x, G, 1.5, 0.5, -1.0, 4.0, training, momentum, eps


_wrong = partial(wrong_code, normalize_batch)
_BACK = "grad_x = gamma * s * (G - grad_beta / n - x_hat * grad_gamma / n)"
_SCALE = "1 / np.sqrt(sigma2 + eps)"

exercise = code_exercise(
    normalize_batch,
    chapter="batch_norm",
    outputs=("y", "grad_x", "grad_gamma", "grad_beta", "mean", "var"),
    scalars=("grad_gamma", "grad_beta", "mean", "var"),
    alternatives=(_with_matrices,),
    probes=(
        _probe(4, True, 0.1, 0.5),
        _probe(4, False, 0.1, 0.5),
        _probe(5, True, 0.3, 2.0),
        _probe(3, False, 0.3, 0.25),
    ),
    hints=(
        "Two cases. In training μ and σ² are those of x; in evaluation they are the running ones, "
        "nothing else. Which of your outputs is the first that is wrong?",
        "With s = 1/√(σ² + ε): in evaluation ∂L/∂x is γ s G. In training G loses its mean, and "
        "x̂ times the mean of G x̂, before it is multiplied.",
    ),
    mistakes=(
        _wrong(
            "statistics treated as constants",
            "If all values of the batch rise by 1, what becomes of y? And what does your grad_x "
            "say about it?",
            "In training you return γ s G, as if μ and σ² did not depend on x. They do, and the "
            "two means in the formula are their share. Without them the sum of ∂L/∂x is not 0, "
            "though a common shift of x changes nothing.",
            (_BACK, "pass"),
        ),
        _wrong(
            "variance treated as a constant",
            "Stretch x about its mean by 1 %. Does y change much? What does your grad_x say?",
            "You subtract the mean of G, which is the way through μ. The way through σ² is "
            "missing: x̂ times the mean of G x̂.",
            (" - x_hat * grad_gamma / n)", ")"),
        ),
        _wrong(
            "mean treated as a constant",
            "If all values of the batch rise by 1, what becomes of y?",
            "You subtract x̂ mean(G x̂), which is the way through σ². The way through μ is "
            "missing: the mean of G.",
            (" - grad_beta / n -", " -"),
        ),
        _wrong(
            "backward through statistics in evaluation",
            "In evaluation, does μ move when you change one value of x?",
            "In evaluation μ and σ² are the running statistics, and these are constants. ∂L/∂x is "
            "γ s G there, without the two means.",
            ("if training:\n        grad_x", "if True:\n        grad_x"),
        ),
        _wrong(
            "running variance from the biased one",
            "How do you estimate the variance of a population from N of its values?",
            "The running variance follows N/(N − 1) σ², the unbiased variance of the batch, as "
            "PyTorch's does. (Keras' follows the biased one, σ².)",
            ("sigma2 * n / (n - 1) - var", "sigma2 - var"),
        ),
        _wrong(
            "normalises with the unbiased variance",
            "What is the mean of x̂² over the batch, for ε = 0?",
            "x̂ is made with the biased variance, 1/N Σ (x − μ)². Only the running variance "
            "follows the unbiased one.",
            ("mu, sigma2 = x.mean(), x.var()", "mu, sigma2 = x.mean(), x.var(ddof=1)"),
            ("sigma2 * n / (n - 1) - var", "sigma2 - var"),
        ),
        _wrong(
            "momentum the wrong way round",
            "With momentum 0, should the running mean stay where it is or become the batch's?",
            "Your momentum is the weight of the old value, as in Keras. Here it is the weight of "
            "the new batch, as in PyTorch.",
            ("momentum * (mu", "(1 - momentum) * (mu"),
            ("momentum * (sigma2", "(1 - momentum) * (sigma2"),
        ),
        _wrong(
            "batch statistics in evaluation",
            "In evaluation, should the answer for one value depend on the others in the batch?",
            "You normalise by the statistics of the batch in evaluation too. That is what the "
            "running statistics are kept for.",
            ("mu, sigma2 = mean, var", "mu, sigma2 = x.mean(), x.var()"),
        ),
        _wrong(
            "running statistics in training",
            "In training, what are mean and variance of x̂ over the batch?",
            "You normalise by the running statistics in training too. There it is the batch's own "
            "that count; the running ones only follow.",
            (
                "s = 1 /",
                "mu, sigma2 = mean, var\n    s = 1 /",
            ),
        ),
        _wrong(
            "evaluation moves the running statistics",
            "After ten thousand test images, should the running mean be another?",
            "Your running statistics follow the batch in evaluation too. They are taken from "
            "training and stay as they are.",
            (
                "mu, sigma2 = mean, var",
                "mu, sigma2 = mean, var\n"
                "        mean = mean + momentum * (x.mean() - mean)\n"
                "        var = var + momentum * (x.var() * n / (n - 1) - var)",
            ),
        ),
        _wrong(
            "ε outside the root",
            "Take a channel of variance 0. By which number does the formula divide, and by which "
            "do you?",
            "You divide by √σ² + ε. ε belongs inside: √(σ² + ε).",
            (_SCALE, "1 / (np.sqrt(sigma2) + eps)"),
        ),
        _wrong(
            "divided by the variance",
            "If x is in metres, what is the unit of x̂?",
            "You divide by σ² + ε. Take its root, so that x̂ has no unit.",
            (_SCALE, "1 / (sigma2 + eps)"),
        ),
        _wrong(
            "γ forgotten on the way back",
            "If gamma is 0, how does the loss change with x?",
            "grad_x lacks the factor γ: the chain rule passes y = γ x̂ + β first.",
            ("gamma * s * G\n", "s * G\n"),
            ("gamma * s * (G", "s * (G"),
        ),
        _wrong(
            "s forgotten on the way back",
            "If x is a thousand times larger, y is nearly the same. What becomes of ∂L/∂x?",
            "grad_x lacks the factor s = 1/√(σ² + ε).",
            ("gamma * s * G\n", "gamma * G\n"),
            ("gamma * s * (G", "gamma * (G"),
        ),
        _wrong(
            "∂L/∂γ from x instead of x̂",
            "y = γ x̂ + β. What is multiplied by γ?",
            "∂L/∂γ is the sum of G x̂. You took x, before it was normalised.",
            (
                "return gamma * x_hat + beta, grad_x, grad_gamma,",
                "return gamma * x_hat + beta, grad_x, (G * x).sum(),",
            ),
        ),
        _wrong(
            "means instead of sums for γ and β",
            "γ serves all N values. Does the loss answer to it by the sum of what they say, or by "
            "the mean?",
            "∂L/∂γ and ∂L/∂β are sums over the batch. The 1/N of a mean loss is in G already.",
            (
                "grad_x, grad_gamma, grad_beta, mean",
                "grad_x, grad_gamma / n, grad_beta / n, mean",
            ),
        ),
    ),
    reasoning="Everything but μ and σ² is shared by the two modes. In training they are functions "
    "of x, so G loses the part along 1 (a shift of the batch) and the part along x̂ (a stretch), in "
    "neither of which y can change, but for ε. In evaluation they are constants and the layer is a "
    "line, whose slope is γ s.",
)
