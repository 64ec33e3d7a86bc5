"""Exercise: how far from the minimum does RMSprop end?"""

from gdlib.exercises._exercise import number_exercise, wrong_number

L, LR, RHO = 10.0, 0.6, 0.8


def _observe(distance):
    """Where one step leads from this distance, if the run has been at it for long."""
    if distance < 0:
        return f"A distance is not negative; you answered {distance:g}."
    if distance == 0:
        return (
            "At x = 0 the run would stand still. With v as small as the gradients of late, a step "
            f"from anywhere near has a length of about {LR:g}."
        )
    size = L * distance
    return (
        f"Suppose |x| has been {distance:.4g} for long. Then g has the size {size:.4g}, √v is "
        f"{size:.4g} too, and from x = {distance:.4g} a step leads to {distance - LR:.4g}."
    )


exercise = number_exercise(
    "hover_distance",
    """
    RMSprop with lr = 0.6 and rho = 0.8, both held constant, runs for thousands of steps on
    f(x) = 5 x², from x = 10.

    At which distance from the minimum does it end: what does |x| tend to? Predict it before you
    run anything.
    """,
    LR / 2,
    chapter="rmsprop",
    alternatives=(0.3, 0.6 / 2, 3 / 10),
    tolerance=0.005,
    observe=_observe,
    hints=(
        "When |g| has been the same for many steps, how large is √v? And how long is a step?",
        "A run that ends at a fixed distance jumps from x to −x and back. How long is that jump?",
    ),
    mistakes=(
        wrong_number(
            0.0,
            "arrives",
            "Close to the minimum the gradient is small. What happens to √v there, and to the "
            "quotient of the two?",
            "Where the gradient is small for long, √v is as small, and the quotient is again "
            "about one. The steps do not get shorter, so the run cannot stay at 0.",
        ),
        wrong_number(
            LR,
            "a whole step away",
            "From a distance of one whole step, where does a step downhill lead?",
            "A step from x = lr leads to 0, not to the other side. A jump between x and −x is 2x "
            "long, so x is half a step.",
        ),
        wrong_number(
            LR / 4,
            "a quarter of a step",
            "How long is the jump from your x to −x?",
            "From lr / 4 to the other side it is lr / 2, and a step is lr long. The distance is "
            "half a step.",
        ),
        wrong_number(
            LR / L,
            "divided by the curvature",
            "If f is multiplied by 10, what happens to g, to √v and to the step?",
            "You divided lr by the curvature. g and √v both contain the curvature and it cancels "
            "in the quotient: the distance is the same in a steep valley as in a flat one.",
        ),
        wrong_number(
            LR / (2 * L),
            "half a step, divided by the curvature",
            "If f is multiplied by 10, what happens to g, to √v and to the step?",
            "Half a step is right. The curvature cancels: g and √v both contain it.",
        ),
        wrong_number(
            LR / (1 - RHO) ** 0.5,
            "length of the first step",
            "How long is a step when √v has had time to become as large as |g|?",
            "lr / √(1 − rho) is the length of the very first step, when v holds one square only. "
            "After many steps √v is |g| and a step is lr long.",
        ),
        wrong_number(
            LR / (1 - RHO) ** 0.5 / 2,
            "half of the first step",
            "How long is a step when √v has had time to become as large as |g|?",
            "You took half of lr / √(1 − rho), the very first step. Half is right, but after many "
            "steps √v is |g| and a step is lr long.",
        ),
        wrong_number(
            LR * (1 - RHO),
            "the fresh share of a step",
            "When all squares in the mean are equal, does it matter how they are weighted?",
            "You multiplied lr by 1 − rho, the weight of the newest square. At the end all squares "
            "in the mean are equal, and the mean is any one of them: rho drops out.",
        ),
        wrong_number(
            2 / L,
            "limit of gradient descent",
            "What is the unit of your number: that of x, or that of a learning rate of gradient "
            "descent?",
            "2/L = 0.2 is the learning rate at which gradient descent would jump from x to −x. A "
            "distance is asked for. For RMSprop lr / √v plays the part of that learning rate, and "
            "√v = L · |x|.",
        ),
        wrong_number(
            L * LR / 2,
            "the gradient there",
            "Is your number the size of x, or that of the gradient at x?",
            "3 is the size of the gradient, 10 · |x|. The distance is that divided by the "
            "curvature.",
        ),
        wrong_number(
            LR**2 / 8 * L,
            "the height there",
            "Is your number a distance, or the value of f there?",
            "0.45 is f at the end, 5 x². Solve for |x|.",
        ),
    ),
    reasoning="Suppose |x| = d for many steps. Every g² is then (10 d)², so √v = 10 d and the "
    "step is lr · 10 d / (10 d) = lr long, whatever d, the curvature and rho are. A step "
    "downhill that keeps the distance leads from d to −d and is 2d long. So d = lr / 2 = 0.3.",
)
