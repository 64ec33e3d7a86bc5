"""What all layers share: declared parameters in one flat vector θ, buffers, train and eval mode."""

import numpy as np

from gdlib.autograd import Parameters


class Layer:
    """A function with parameters. Subclasses declare them in ``__init__`` and write ``forward``.

        class Linear(Layer):
            def __init__(self, n_in, n_out):
                super().__init__()
                self.declare("weight", (n_out, n_in), he_normal())
                self.declare("bias", (n_out,), zeros)

            def forward(self, x):
                return linear(x, self.weight, self.bias)

    A network is its outermost layer. ``initialize`` draws all parameters of it and of the layers
    inside into one vector, ``theta``; ``parameters`` are named views into it, with the names that
    torch gives them. So an optimizer that knows only vectors trains any network:

        net.theta[:], state = rule.step(net.theta, g, state, lr=0.1)

    Called on plain arrays a layer returns plain arrays and records nothing.
    """

    def __init__(self):
        self.layers = {}  # name → layer inside this one
        self.training = True
        self.rng = None
        self.parameters = None
        self._declared = {}  # name → (shape, initializer)
        self._buffers = {}  # name → function from a dtype to the first value
        self.buffers = {}

    def declare(self, name, shape, initializer):
        """Announce a parameter; initializer(shape, rng) gives its first value."""
        self._declared[name] = (tuple(shape), initializer)

    def declare_buffer(self, name, first):
        """Announce an array that is state but not trained; first(dtype) gives its first value."""
        self._buffers[name] = first

    def initialize(self, seed=0, dtype=np.float64):
        """Draw the parameters of this layer and all inside it; returns the layer itself.

        Arguments: seed, of the draw and of all randomness in training, such as dropout's; dtype,
        np.float64 or np.float32.
        """
        rng = np.random.default_rng(seed)
        declared = dict(self._all_declared())
        shapes = {name: shape for name, (shape, _) in declared.items()}
        self._bind(Parameters(shapes, dtype=dtype), rng)
        for name, (shape, initializer) in declared.items():
            self.parameters[name].data[...] = initializer(shape, rng)
        return self

    def forward(self, x):
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    @property
    def theta(self):
        """All parameters as one vector of shape (d,); change it in place, or assign to it."""
        return self._initialized().vector

    @theta.setter
    def theta(self, vector):
        theta = self.theta
        if np.shape(vector) != theta.shape:
            raise ValueError(f"theta has shape {theta.shape}, got {np.shape(vector)}")
        theta[:] = vector

    def train(self, on=True):
        """Switch this layer and all inside it to training mode; returns the layer."""
        for layer in self.walk():
            layer.training = on
        return self

    def eval(self):
        """Switch to evaluation: dropout passes everything, batch norm uses running statistics."""
        return self.train(False)

    def walk(self):
        """This layer and all inside it, outermost first."""
        yield self
        for layer in self.layers.values():
            yield from layer.walk()

    def state_dict(self):
        """Copies of all parameters and buffers, by the names that torch's state dicts have."""
        return {name: array.copy() for name, array in self._arrays()}

    def load_state_dict(self, arrays):
        """Take over parameters and buffers by name; all or none.

        torch's batch norm counts batches even where nothing uses the count; where this network has
        no such buffer the count is left out.
        Raises ValueError for names that are missing or unknown, and for shapes that do not fit.
        """
        own = dict(self._arrays())
        arrays = {
            name: array
            for name, array in arrays.items()
            if name in own or not name.endswith("num_batches_tracked")
        }
        if own.keys() != arrays.keys():
            missing, unknown = sorted(own.keys() - arrays), sorted(arrays.keys() - own)
            raise ValueError(f"the state has other names: missing {missing}, unknown {unknown}")
        for name, array in own.items():
            if np.shape(arrays[name]) != array.shape:
                raise ValueError(
                    f"{name} has shape {array.shape}, the state's is {np.shape(arrays[name])}"
                )
        for name, array in own.items():
            array[...] = arrays[name]

    def _arrays(self, prefix=""):
        """Names and arrays of parameters and buffers, in torch's order."""
        self._initialized()
        for name in self._declared:
            yield prefix + name, self.parameters[name].data
        for name, array in self.buffers.items():
            yield prefix + name, array
        for name, layer in self.layers.items():
            yield from layer._arrays(f"{prefix}{name}.")

    def _all_declared(self, prefix=""):
        for name, declared in self._declared.items():
            yield prefix + name, declared
        for name, layer in self.layers.items():
            yield from layer._all_declared(f"{prefix}{name}.")

    def _bind(self, parameters, rng):
        self.parameters, self.rng = parameters, rng
        for name in self._declared:
            self.__dict__[name] = parameters[name]
        dtype = parameters.vector.dtype
        self.buffers = {name: np.array(first(dtype)) for name, first in self._buffers.items()}
        for name, layer in self.layers.items():
            layer._bind(parameters.under(f"{name}."), rng)

    def _initialized(self):
        if self.parameters is None:
            raise RuntimeError(
                f"this {type(self).__name__} has no parameters yet; call initialize(seed=0) on "
                "the outermost layer"
            )
        return self.parameters

    def __getattr__(self, name):
        if not name.startswith("_") and name in self._declared:
            self._initialized()
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __repr__(self):
        inside = ", ".join(map(repr, self.layers.values()))
        return f"{type(self).__name__}({inside})"
