"""The Triton step of the torch form: one launch for all tensors, clipping fused.

Without clipping the host computes a step's scalars in float64 and sends them, where they changed.
With clipping, or with ``capturable=True``, which a CUDA graph needs, the scalar state lives on the
device, so that a step whose norm is not finite is left out there without the host waiting:

    sum_squares    Σg² of each block, in float64          only with clipping
    prepare        norm, factor, scalar state, scalars    one program
    update         parameters and state                   reads the factor

So clipping and Adam move 32 bytes a parameter in float32. What the device found out, an error among
it, comes to the host with ``settle``.
"""

import contextlib
from itertools import groupby

import torch
import triton

from gdlib.forms.split import split_step
from gdlib.forms.triton_kernel import kernels
from gdlib.forms.triton_ops import sum_squares
from gdlib.forms.triton_tables import (
    BLOCK,
    TRITON,
    Table,
    is_captured,
    is_dense,
    keep_for_graph,
    send,
)

WARPS = 4
# Of the one program that finishes a norm: partial sums, and clocks, taken at a time.
PARTIALS, CLOCKS = 1024, 16


def torch_step(rule):
    """The step of an optimizer that runs ``rule``; see ``gdlib.forms.pytorch.IMPLEMENTATIONS``.

    Raises SourceError for a rule that is not elementwise.
    """
    return TritonStep(rule)


def why_not(batches):
    """Why these tensors cannot be stepped by a kernel, or None."""
    devices = {p.device for batch in batches for p in batch.parameters}
    if len(devices) > 1:
        return f"the parameters are on {len(devices)} devices"
    if next(iter(devices)).type != "cuda" and not triton.knobs.runtime.interpret:
        return f"the parameters are on {next(iter(devices))}"
    for batch in batches:
        for name, p in zip(batch.names, batch.parameters, strict=True):
            if p.dtype not in TRITON:
                return f"{name} is {p.dtype}"
            if not is_dense(p):
                return f"{name} has gaps or overlaps in memory"
    return None


class TritonStep:
    """Steps of a rule by its kernels; holds the tables and what lives on the device."""

    def __init__(self, rule):
        self.split, self.kernels = split_step(rule), kernels(rule)
        self.batches, self.on_device, self.event = None, False, None

    def __call__(self, batches, max_norm, nonfinite):
        """Take a step; return the norm as a tensor on the device, or None without clipping."""
        if batches is not self.batches:
            self._take(batches)
        captured = is_captured(self.device)
        if not captured and self.event is not None and self.event.query() and self.seen[2] > 0:
            self.settle()
        for table in self.tables:
            table.read_gradients()
        with torch.cuda.device(self.device) if self.device.type == "cuda" else _NOTHING:
            if max_norm is None and not batches[0].capturable:
                self._step_from_host(captured)
                return None
            self._step_on_device(max_norm, nonfinite, captured)
        if captured:
            tables = (tensor for table in self.tables for tensor in (table.blocks, table.tensors))
            keep_for_graph(self.values, self.scalar_rows, self.status, self.partials, self.seen)
            keep_for_graph(*tables)
        return None if max_norm is None else self.status[0]

    def settle(self):
        """Wait for the device, take over its scalar state; return how many steps were left out.

        Raises FloatingPointError where a gradient was not finite and ``nonfinite`` is "raise". All
        steps since were left out; the next one counts again.
        """
        if not self.on_device:
            return 0
        _, _, stopped, left_out, taken = self.status.tolist()
        first = len(self.split.arguments) - len(self.split.new_scalars)
        columns = zip(*self.values[first:].tolist(), strict=True)
        columns = columns if self.split.new_scalars else [()] * len(self.batches)
        for batch, column in zip(self.batches, columns, strict=True):
            state = dict(zip(self.split.new_scalars, column, strict=True))
            state = {n: type(batch.scalars[n])(v) for n, v in state.items()}
            batch.advance(state, int(taken))
        self.status[2:].zero_()
        if stopped:
            self.seen[2] = 0
            raise FloatingPointError(self._message(int(stopped) - 1, int(left_out)))
        return int(left_out)

    def _take(self, batches):
        reason = why_not(batches)
        if reason:
            raise ValueError(
                f"no Triton kernel can take this step: {reason}; pass implementation='auto'"
            )
        self.batches, self.device = batches, batches[0].parameters[0].device
        order = sorted(range(len(batches)), key=lambda i: str(batches[i].parameters[0].dtype))
        by_dtype = groupby(order, key=lambda i: batches[i].parameters[0].dtype)
        groups = [list(clocks) for _, clocks in by_dtype]
        self.tables = [Table([batches[i] for i in clocks], clocks) for clocks in groups]
        self.programs = sum(table.programs for table in self.tables)
        numbers = {"dtype": torch.float64, "device": self.device}
        self.partials = torch.empty(max(self.programs, 1), **numbers)
        self.scalar_rows = torch.empty(len(self.split.scalars), len(batches), **numbers)
        self.status = torch.zeros(5, **numbers)
        cuda = self.device.type == "cuda"
        self.seen = torch.zeros(5, dtype=torch.float64, pin_memory=cuda)
        self.event, self.on_device, self.sent = None, False, None

    def _step_from_host(self, captured):
        if captured:
            raise RuntimeError(
                "a CUDA graph cannot repeat what the host computes; pass capturable=True, or "
                "max_norm, and take a step before capturing"
            )
        if self.on_device:
            self.settle()
            self.on_device = False
        new_scalars, scalars = zip(*(batch.host() for batch in self.batches), strict=True)
        rows = list(zip(*scalars, strict=True))
        if rows != self.sent:
            self.scalar_rows, self.sent = send(rows, torch.float64, self.device), rows
        self._update(clip=False)
        for batch, scalars in zip(self.batches, new_scalars, strict=True):
            batch.advance(scalars)

    def _step_on_device(self, max_norm, nonfinite, captured):
        self._send_values(captured)
        clip, stop = max_norm is not None, nonfinite == "raise"
        if clip:
            first = 0
            for table in self.tables:
                if table.programs:
                    sum_squares[(table.programs,)](
                        table.blocks, table.tensors, table.columns, self.partials, first,
                        TRITON[table.gradient_dtype], table.aligned, BLOCK, num_warps=WARPS,
                    )  # fmt: skip
                first += table.programs
        self.kernels.prepare[(1,)](
            self.values, self.scalar_rows, len(self.batches), self.partials, self.programs,
            float(max_norm) if clip else 0.0, self.status, clip, stop, CLOCKS, PARTIALS,
            num_warps=WARPS,
        )  # fmt: skip
        self._update(clip)
        if not (clip and stop):
            return
        if self.device.type != "cuda":
            if self.status[2] > 0:
                self.settle()
            return
        self.seen.copy_(self.status, non_blocking=True)
        if not captured:
            self.event = self.event or torch.cuda.Event()
            self.event.record()

    def _send_values(self, captured):
        """Hyperparameters that changed, and the scalar state when it moves to the device."""
        hyper = list(zip(*(batch.hyper.values() for batch in self.batches), strict=True))
        if self.on_device and hyper == self.sent:
            return
        if captured:
            raise RuntimeError(
                "take a step with these parameters and hyperparameters before capturing one"
            )
        if not self.on_device:
            scalars = zip(*(batch.scalars.values() for batch in self.batches), strict=True)
            self.values = send([*hyper, *scalars], torch.float64, self.device)
            self.on_device = True
        else:
            self.values[: len(hyper)].copy_(send(hyper, torch.float64, self.device))
        self.sent = hyper

    def _update(self, clip):
        for table in self.tables:
            if table.programs:
                self.kernels.update[(table.programs,)](
                    table.blocks, table.tensors, self.scalar_rows, len(self.batches), self.status,
                    TRITON[table.dtype], TRITON[table.gradient_dtype], TRITON[table.work], clip,
                    table.aligned, BLOCK, num_warps=WARPS,
                )  # fmt: skip

    def _message(self, program, left_out):
        for table in self.tables:
            if program < table.programs:
                name = table.names[table.of_program[program]]
                break
            program -= table.programs
        also = f"; {left_out - 1} steps after it were left out too" if left_out > 1 else ""
        return (
            f"the gradient of {name} was not finite, and parameters and state are as before that "
            f"step{also}; lower lr, or pass nonfinite='skip' and leave such steps out"
        )


_NOTHING = contextlib.nullcontext()
