"""How fast a product of matrices grows: its Lyapunov exponents."""

import numpy as np


def lyapunov_exponents(matrices, count=None, warmup=0, seed=0):
    """The Lyapunov exponents of J_T ⋯ J_1, largest first, by repeated QR.

        J_t Q_{t−1} = Q_t R_t,   λ_i = mean of ln abs((R_t)_ii) over the steps t > warmup

    Most vectors grow like e^(λ₁t), most areas like e^((λ₁ + λ₂)t), and so on; λ₁ > 0 means that
    gradients carried back by these Jacobians explode, λ₁ < 0 that they vanish. Orthogonalising at
    each step keeps the columns apart and every number in range, where the product itself overflows.

    Arguments: matrices, (T, H, H) in the order in which they are applied, as ``RNN.jacobians``
    gives them; count, how many exponents (default: H); warmup, steps at the beginning that turn Q
    to the directions that grow and are not counted, without which λ is off by about 1/T;
    seed, of the random orthogonal Q₀: a special one could be mapped to 0 at the first step.
    Returns an array of shape (count,), −∞ where directions are mapped to 0.
    Raises ValueError for other shapes, a count above H and a warmup that leaves no step.

    Source: G. Benettin, L. Galgani, A. Giorgilli, J.-M. Strelcyn, "Lyapunov Characteristic
    Exponents for smooth dynamical systems and for Hamiltonian systems; a method for computing all
    of them", Meccanica 15, 1980.
    """
    matrices = np.asarray(matrices, dtype=float)
    if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2]:
        raise ValueError(f"matrices must have shape (T, H, H), got {matrices.shape}")
    length, size, _ = matrices.shape
    count = size if count is None else count
    if not 1 <= count <= size:
        raise ValueError(f"{size}×{size} matrices have 1 to {size} exponents, got count={count}")
    if not 0 <= warmup < length:
        raise ValueError(
            f"warmup must be from 0 to {length - 1} for {length} matrices, got {warmup}"
        )
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0][:, :count]
    growth = np.empty((length, count))
    for t, matrix in enumerate(matrices):
        q, r = np.linalg.qr(matrix @ q)
        growth[t] = np.abs(np.diagonal(r))
    with np.errstate(divide="ignore"):
        return np.sort(np.log(growth[warmup:]).mean(0))[::-1]
