"""Layers one after another."""

from gdlib.layers.layer import Layer


class Sequential(Layer):
    """Apply layers in turn. A plain function, such as an activation, may stand among them.

    ``net[i]`` is the i-th step, ``outputs(x)`` the results of all of them.
    """

    def __init__(self, *steps):
        super().__init__()
        if not steps or not all(callable(step) for step in steps):
            raise TypeError(f"Sequential takes layers and functions, got {steps!r}")
        self.steps = steps
        self.layers = {str(i): step for i, step in enumerate(steps) if isinstance(step, Layer)}

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x

    def outputs(self, x):
        """The list of what each step gives out; the last is ``forward(x)``."""
        results = []
        for step in self.steps:
            x = step(x)
            results.append(x)
        return results

    def __getitem__(self, index):
        return self.steps[index]

    def __len__(self):
        return len(self.steps)

    def __repr__(self):
        names = (getattr(step, "__name__", None) or repr(step) for step in self.steps)
        return f"Sequential({', '.join(names)})"
