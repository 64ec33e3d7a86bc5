"""Named tensors that are views into one flat vector, so that any rule can train any network."""

from collections.abc import Mapping

import numpy as np

from gdlib.autograd.tensor import Tensor


class Parameters(Mapping):
    """A mapping from names to tensors whose arrays are consecutive views of ``vector``.

    Arguments: shapes, name → shape; vector, the flat array of shape (d,) that they share
    (default: zeros of ``dtype``). Changing the vector in place changes every tensor, and nothing
    else is kept. Raises ValueError where the vector's length is not the sum of the sizes.
    """

    def __init__(self, shapes, vector=None, dtype=np.float64):
        sizes = [int(np.prod(shape, dtype=int)) for shape in shapes.values()]
        ends = np.cumsum([0, *sizes]).tolist()
        self.vector = np.zeros(ends[-1], dtype) if vector is None else vector
        if self.vector.shape != (ends[-1],):
            raise ValueError(f"the vector must have shape {(ends[-1],)}, got {self.vector.shape}")
        self._places = {
            name: (slice(start, stop), tuple(shape))
            for (name, shape), start, stop in zip(shapes.items(), ends[:-1], ends[1:], strict=True)
        }
        self._tensors = {name: Tensor(view) for name, view in self.split(self.vector).items()}

    def __getitem__(self, name):
        return self._tensors[name]

    def __iter__(self):
        return iter(self._tensors)

    def __len__(self):
        return len(self._tensors)

    def __repr__(self):
        shapes = ", ".join(f"{name} {shape}" for name, (_, shape) in self._places.items())
        return f"<{self.vector.size} parameters: {shapes}>"

    def split(self, vector):
        """Views of any vector laid out like this one (a gradient, Adam's m), by name."""
        return {name: vector[place].reshape(shape) for name, (place, shape) in self._places.items()}

    def join(self, gradients):
        """Write the gradients, given by the tensors' ids, into the views of one new vector."""
        joined = np.empty_like(self.vector)
        for name, (place, _) in self._places.items():
            g = gradients.get(id(self._tensors[name]))
            joined[place] = 0 if g is None else g.reshape(-1)
        return joined

    def under(self, prefix):
        """The consecutive parameters whose names begin with ``prefix``, sharing their vector.

        The tensors are the same objects; the names lose the prefix.
        """
        inside = [name for name in self._places if name.startswith(prefix)]
        part = object.__new__(Parameters)
        first = self._places[inside[0]][0].start if inside else 0
        last = self._places[inside[-1]][0].stop if inside else 0
        part.vector = self.vector[first:last]
        part._places, part._tensors = {}, {}
        for name in inside:
            place, shape = self._places[name]
            short = name.removeprefix(prefix)
            part._places[short] = (slice(place.start - first, place.stop - first), shape)
            part._tensors[short] = self._tensors[name]
        return part
