"""The tables that a kernel reads: where each tensor lies, and which block of it a program takes.

blocks    int32 (programs, 2)       index of the tensor, index of the block within it
tensors   int64 (tensors, columns)  addresses of x and g, size, clock, addresses of the arrays of
                                    the state and, for half precision, of the float32 master copy

Parameters, gradients and state stay where they are. Addresses that all divide by 16, as those of
PyTorch's allocator do, let the kernel load 128 bits at a time.
"""

import numpy as np
import torch
import triton.language as tl

# Numbers of a tensor that one program handles: 8 for each of 128 threads.
BLOCK = 1024

TRITON = {
    torch.float16: tl.float16,
    torch.bfloat16: tl.bfloat16,
    torch.float32: tl.float32,
    torch.float64: tl.float64,
}

_USED_BY_GRAPHS = []


def work_dtype(dtype):
    """The dtype of the state and of the arithmetic for parameters of a dtype."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def is_dense(tensor):
    """Whether a tensor fills its memory without gaps or overlaps, in any order of its axes."""
    return _layout(tensor) == _layout(torch.empty_like(tensor, device="meta"))


def conform(tensor, like, dtype):
    """The tensor itself if it has this dtype and lies in memory as ``like`` does, else a copy."""
    placed = tensor.device == like.device and _layout(tensor) == _layout(like)
    if placed and tensor.dtype == dtype:
        return tensor
    return torch.empty_like(like, dtype=dtype).copy_(tensor)


def send(values, dtype, device):
    """Numbers as a tensor on the device, without waiting for it."""
    host = torch.as_tensor(values, dtype=dtype)
    host = host.pin_memory() if device.type == "cuda" else host.clone()
    if is_captured(device):
        keep_for_graph(host)  # each replay of the graph copies from there again
    return host.to(device, non_blocking=True)


def keep_for_graph(*tensors):
    """Keep what a CUDA graph reads and writes by its address, as long as the process lives."""
    _USED_BY_GRAPHS.extend(tensors)


def is_captured(device):
    """Whether what is launched now goes into a CUDA graph."""
    return device.type == "cuda" and torch.cuda.is_current_stream_capturing()


class Table:
    """The tensors of one dtype on one device.

    Arguments: batches of ``gdlib.forms.pytorch_batch``; clocks, the column of each batch in the
    table of scalars. Arrays of the state of another dtype or layout are replaced, also in the
    optimizer's state.
    """

    def __init__(self, batches, clocks):
        self.batches = batches
        self.dtype, self.device = batches[0].parameters[0].dtype, batches[0].parameters[0].device
        self.work = work_dtype(self.dtype)
        self.parameters = [p for batch in batches for p in batch.parameters]
        self.names = [name for batch in batches for name in batch.names]
        self.strides = [p.stride() for p in self.parameters]
        self.columns = 5 + len(batches[0].arrays)
        self.rows = np.zeros((len(self.parameters), self.columns), dtype=np.int64)
        rows = iter(self.rows)
        for batch, clock in zip(batches, clocks, strict=True):
            for i, p in enumerate(batch.parameters):
                arrays = [a.data_ptr() for a in self._arrays(batch, i, p)]
                next(rows)[: 4 + len(arrays)] = p.data_ptr(), 0, p.numel(), clock, *arrays
        programs = -(-self.rows[:, 2] // BLOCK)
        self.programs = int(programs.sum())
        self.of_program = np.repeat(np.arange(len(programs)), programs)
        within = np.arange(self.programs) - np.repeat(np.cumsum(programs) - programs, programs)
        blocks = np.stack([self.of_program, within], axis=1)
        self.blocks = send(blocks, torch.int32, self.device)
        self.gradient_dtype, self.copies, self.addresses = self.work, [], None

    def read_gradients(self):
        """Take up the gradients of this step; those that lie differently are copied."""
        gradients = [g for batch in self.batches for g in batch.gradients]
        strides, dtypes = [g.stride() for g in gradients], {g.dtype for g in gradients}
        if strides != self.strides or dtypes != {self.gradient_dtype}:
            gradients = self._conform(gradients)
        addresses = [g.data_ptr() for g in gradients]
        if addresses != self.addresses:
            self.addresses = addresses
            self.rows[:, 1] = addresses
            self.tensors = send(self.rows, torch.int64, self.device)
            self.aligned = not np.any(self.rows[:, [0, 1, *range(4, self.columns)]] % 16)

    def _conform(self, gradients):
        """Give all gradients one dtype, the widest among them, and the layout of the parameters."""
        dtype = gradients[0].dtype
        for g in gradients:
            dtype = torch.promote_types(dtype, g.dtype)
        self.gradient_dtype = dtype
        self.copies = [
            conform(g, p, dtype) for g, p in zip(gradients, self.parameters, strict=True)
        ]
        return self.copies

    def _arrays(self, batch, i, p):
        """The arrays of a parameter's state, conforming, and its master copy."""
        state = batch.states[i]
        for field, tensors in batch.arrays.items():
            tensors[i] = state[batch.keys[field]] = conform(tensors[i], p, self.work)
        arrays = [tensors[i] for tensors in batch.arrays.values()]
        if self.dtype != self.work:
            state["master"] = conform(state.get("master", p), p, self.work)
            arrays.append(state["master"])
        return arrays


def _layout(tensor):
    """The strides that matter."""
    return [(n, s) for n, s in zip(tensor.shape, tensor.stride(), strict=True) if n > 1]
