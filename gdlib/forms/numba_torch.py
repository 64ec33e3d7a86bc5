"""The torch form on a CPU: all parameters of a step in one compiled loop."""

import torch

from gdlib.forms import pytorch_plain
from gdlib.forms.numba_cache import require_numba
from gdlib.forms.numba_loop import cannot_fuse
from gdlib.forms.numba_table import Table, clip_factors

_DTYPES = {torch.float32: "float32", torch.float64: "float64"}


def torch_step(rule):
    """The step of an optimizer that runs ``rule``; see ``gdlib.forms.pytorch.IMPLEMENTATIONS``.

    For float32 and float64 parameters on a CPU, else TypeError. A rule that cannot be fused warns
    once, saying why, and is stepped plainly.
    """
    if cannot_fuse(rule):
        return pytorch_plain.torch_step(rule)
    require_numba()
    layouts = []

    def step(batches, max_norm, nonfinite):
        if [layout.batch for layout in layouts] != batches:
            layouts[:] = [_Layout(batch) for batch in batches]
        for layout in layouts:
            layout.take_up()
        tables = [layout.table for layout in layouts]
        threads = torch.get_num_threads() > 1
        norm, power, factor = None, 1.0, 1.0
        if max_norm is not None:
            norm, power, factor = clip_factors(
                tables, lambda: _named(batches), max_norm, nonfinite, threads
            )
            if factor is None:
                return norm
        for layout in layouts:
            new, scalars = layout.batch.host()
            layout.table.update(scalars, power, factor, threads)
            layout.put_back()
            layout.batch.advance(new)
        return norm

    return step


def _named(batches):
    return {
        name: g for batch in batches for name, g in zip(batch.names, batch.gradients, strict=True)
    }


class _Layout:
    """A batch and the table of its addresses."""

    def __init__(self, batch):
        first = batch.parameters[0]
        if first.dtype not in _DTYPES or first.device.type != "cpu":
            raise TypeError(
                f"the Numba form steps float32 and float64 parameters on a CPU, got {first.dtype} "
                f"on {first.device}; pass implementation='plain'"
            )
        self.batch, self.dtype, self.copies = batch, first.dtype, []
        for name, p, g, *arrays in zip(
            batch.names, batch.parameters, batch.gradients, *batch.arrays.values(), strict=True
        ):
            if any(t.shape != p.shape for t in (g, *arrays)):
                raise ValueError(
                    f"gradient and state of {name} must have its shape {tuple(p.shape)}, got "
                    f"{[tuple(t.shape) for t in (g, *arrays)]}"
                )
        self.mixed = any(g.dtype != first.dtype for g in batch.gradients)
        self.table = Table(batch.rule, _DTYPES[first.dtype], [p.numel() for p in batch.parameters])
        self.pointers = None
        for row, tensors in enumerate([batch.parameters, [], *batch.arrays.values()]):
            if row != 1:
                self.table.addresses[row] = [self._dense(t).data_ptr() for t in tensors]

    def take_up(self):
        """Read the addresses of this step's gradients, and what the loop cannot change itself."""
        for tensor, copy in self.copies:
            copy.copy_(tensor)
        gradients = self.batch.gradients
        if not all(map(torch.Tensor.is_contiguous, gradients)) or self.mixed:
            gradients = [g.to(self.dtype).contiguous() for g in gradients]
        self.gradients = gradients  # alive until the loop has read them
        pointers = list(map(torch.Tensor.data_ptr, gradients))
        if pointers != self.pointers:
            self.table.addresses[1] = self.pointers = pointers

    def put_back(self):
        """Write what was changed in copies, and tell autograd of the change."""
        for tensor, copy in self.copies:
            tensor.copy_(copy)
        torch.autograd.graph.increment_version(self.batch.parameters)

    def _dense(self, tensor):
        """The tensor, or a copy of its numbers in a row, which goes and comes with each step."""
        if tensor.is_contiguous() and tensor.dtype == self.dtype:
            return tensor
        copy = torch.empty(tensor.shape, dtype=self.dtype)
        self.copies.append((tensor, copy))
        return copy
