"""The state of a fused step: flat memory, and the arrays that go through one call."""

from ctypes import addressof, c_char
from operator import is_

import numpy as np

from gdlib.clip.parts import is_array
from gdlib.forms.numba_table import Table
from gdlib.forms.split import host_step
from gdlib.rule import state_kinds

DTYPES = ("float32", "float64")
ALIGNED = 16  # numbers of float32: a whole vector register, and a line of the cache


class FusedState:
    """The state of some arrays; ``state[k]`` is the rule's State of array k.

    The arrays in it are those that the steps change. skipped counts the steps left out because
    their gradient was not finite.
    """

    def __init__(self, rule, xs, states):
        self.rule, self.skipped = rule, 0
        kinds = state_kinds(rule)
        self.arrays = {n: flat_like(xs) for n, kind in kinds.items() if kind == "array"}
        found = {}
        for k, (x, state) in enumerate(zip(xs, states, strict=True)):
            for name, views in self.arrays.items():
                views[k][...] = getattr(state, name)
            scalars = {n: getattr(state, n) for n, kind in kinds.items() if kind == "scalar"}
            found.setdefault((x.dtype, *scalars.values()), (scalars, []))[1].append(k)
        self.members = [Member(self, indices, scalars) for scalars, indices in found.values()]

    def __len__(self):
        return sum(len(member.indices) for member in self.members)

    def __getitem__(self, k):
        if k not in range(len(self)):
            raise IndexError(f"the state is of {len(self)} arrays, got index {k}")
        member = next(m for m in self.members if k in m.indices)
        fields = {name: views[k] for name, views in self.arrays.items()}
        return self.rule.State(**fields, **member.scalars)

    def moving(self, gs):
        """The members that have a gradient; one of whom only a part has is divided."""
        if any(g is None for g in gs):
            self.members = [part for member in self.members for part in member.divided(gs)]
        return [member for member in self.members if gs[member.indices[0]] is not None]


class Member:
    """Arrays of one dtype whose scalar state is the same: they go through one call."""

    def __init__(self, state, indices, scalars):
        self.state, self.indices, self.scalars = state, indices, scalars
        self.held, self.table = [[], []], None

    def divided(self, gs):
        """As two where only some have a gradient."""
        parts = [[k for k in self.indices if (gs[k] is None) is none] for none in (False, True)]
        if not all(parts):
            return [self]
        return [Member(self.state, part, self.scalars) for part in parts]

    def point(self, xs, gs):
        """Write the addresses of this step's arrays into the table."""
        if self.table is None:
            self._make_table(xs)
        for row, (called, arrays) in enumerate((("x", xs), ("g", gs))):
            now = [arrays[k] for k in self.indices]
            if not (self.held[row] and all(map(is_, now, self.held[row]))):
                dense = [self._dense(called, k, arrays[k]) for k in self.indices]
                self.table.addresses[row] = [_address(a) for a in dense]
                # Held, what is read stays alive, and the next step knows an array again. A tensor
                # or a copy it looks at anew.
                self.held[row] = dense

    def host(self, hyper):
        """The host's part of the step: (new scalar state, scalars of the body)."""
        return host_step(self.state.rule, hyper, self.scalars)

    def _make_table(self, xs):
        first = as_array(xs[self.indices[0]])
        self.dtype, self.shapes = first.dtype, {k: tuple(xs[k].shape) for k in self.indices}
        sizes = [as_array(xs[k]).size for k in self.indices]
        self.table = Table(self.state.rule, self.dtype.name, sizes)
        for row, views in enumerate(self.state.arrays.values(), start=2):
            self.table.addresses[row] = [_address(views[k]) for k in self.indices]

    def _dense(self, called, k, array):
        if not isinstance(array, np.ndarray) or array.dtype != self.dtype:
            array = as_array(array)
        if array.dtype != self.dtype or array.shape != self.shapes[k]:
            raise ValueError(
                f"{called} {k} must have dtype {self.dtype} and shape {self.shapes[k]}, "
                f"got {array.dtype} and {array.shape}"
            )
        if called == "g":
            return array if array.flags.c_contiguous else np.ascontiguousarray(array)
        if not (array.flags.c_contiguous and array.flags.writeable):
            raise ValueError(
                f"x {k} must be writeable and in one block of memory, to be changed in place; "
                "pass np.ascontiguousarray(x)"
            )
        return array


def as_array(x):
    """A NumPy array as it is, a tensor on the CPU as an array on its memory."""
    if isinstance(x, np.generic):  # what NumPy makes of an array of no dimension; not to be changed
        x = np.asarray(x)
        x.flags.writeable = False
    if not is_array(x):
        raise TypeError(f"x and g must be arrays or tensors, got {type(x).__name__}")
    array = x if isinstance(x, np.ndarray) else x.detach().numpy()
    if array.dtype.name not in DTYPES:
        raise TypeError(f"the Numba form steps {' and '.join(DTYPES)}, got {array.dtype}")
    return array


def flat_like(arrays):
    """Zeros shaped like the arrays, one behind the other in one aligned block of memory."""
    sizes = [-(-a.nbytes // (4 * ALIGNED)) * 4 * ALIGNED for a in arrays]
    block = np.zeros(sum(sizes) + 4 * ALIGNED, np.uint8)
    first = -_address(block) % (4 * ALIGNED)
    starts = first + np.cumsum([0, *sizes])
    return [
        block[s : s + a.nbytes].view(a.dtype).reshape(a.shape)
        for s, a in zip(starts, arrays, strict=False)
    ]


def _address(array):
    if array.size and array.flags.writeable:  # a fifth of the time
        return addressof(c_char.from_buffer(array))
    return array.__array_interface__["data"][0]
