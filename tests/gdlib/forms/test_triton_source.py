"""The printed kernels compile for a GPU that is not there: 128 bits at a time, nothing spilled."""

import re
import subprocess
from pathlib import Path

import pytest

triton = pytest.importorskip("triton", reason="Triton is for Linux only")

import torch  # noqa: E402
import triton.language as tl  # noqa: E402
from triton.backends.compiler import GPUTarget  # noqa: E402
from triton.compiler import ASTSource  # noqa: E402

from gdlib.forms.pytorch import torch_optimizer  # noqa: E402
from gdlib.forms.source import SourceError, elementwise_rules  # noqa: E402
from gdlib.forms.split import split_step  # noqa: E402
from gdlib.forms.triton_kernel import kernels  # noqa: E402
from gdlib.forms.triton_ops import sum_squares  # noqa: E402
from gdlib.forms.triton_source import triton_source  # noqa: E402
from gdlib.optim import adam, adamax, lamb, muon, nadam  # noqa: E402
from gdlib.rule import short_name  # noqa: E402

PTXAS = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "ptxas"
EACH_RULE = pytest.mark.parametrize("rule", elementwise_rules(), ids=short_name)
TABLES = {"blocks": "*i32", "tensors": "*i64"}
UPDATE = {**TABLES, "scalar_rows": "*fp64", "clocks": "i32", "status": "*fp64"}
PREPARE = {
    "values": "*fp64",
    "scalar_rows": "*fp64",
    "clocks": "i32",
    "partials": "*fp64",
    "count": "i32",
    "max_norm": "fp64",
    "status": "*fp64",
}


def compiled(kernel, arguments, constants):
    """The kernel's PTX for an H100, and its registers and spilled bytes as ptxas counts them."""
    signature = {**arguments, **dict.fromkeys(constants, "constexpr")}
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
    ptx = triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["ptx"]
    command = [PTXAS, "-v", "-arch=sm_90a", "-o", "/dev/null", "/dev/stdin"]
    done = subprocess.run(command, input=ptx, capture_output=True, text=True, check=True)
    registers = int(re.search(r"Used (\d+) registers", done.stderr)[1])
    spilled = sum(int(n) for n in re.findall(r"(\d+) bytes (?:stack|spill)", done.stderr))
    return ptx, registers, spilled


def update(rule, x=tl.float32, g=tl.float32, aligned=True, block=1024):
    work = tl.float64 if x == tl.float64 else tl.float32
    constants = {"X": x, "G": g, "WORK": work, "CLIP": True, "ALIGNED": aligned, "BLOCK": block}
    return compiled(kernels(rule).update, UPDATE, constants)


def count(ptx, access, width):
    return len(re.findall(rf"{access}\.global\S*\.v{width}\.b(?:32|64)", ptx))


@EACH_RULE
def test_float32_goes_128_bits_at_a_time_without_spills(rule):
    ptx, registers, spilled = update(rule)
    arrays = len(split_step(rule).arrays)
    # Each of 128 threads takes 8 of the 1024 numbers of an array: two times 128 bits.
    assert count(ptx, "ld", 4) == 2 * (2 + arrays)
    assert count(ptx, "st", 4) == 2 * (1 + arrays)
    assert spilled == 0
    print(f"{short_name(rule)}: {registers} registers")
    assert registers <= 128


@pytest.mark.parametrize("g", [tl.bfloat16, tl.float16], ids=str)
def test_gradients_of_half_precision_come_in_one_load(g):
    ptx, registers, spilled = update(adam, g=g)
    assert (count(ptx, "ld", 4), count(ptx, "st", 4), spilled) == (2 * 3 + 1, 2 * 3, 0)
    print(f"adam, gradients {g}: {registers} registers")


@pytest.mark.parametrize("x", [tl.bfloat16, tl.float16], ids=str)
def test_parameters_of_half_precision_have_a_master_copy(x):
    ptx, registers, spilled = update(adam, x=x, g=x)
    assert (count(ptx, "ld", 4), count(ptx, "st", 4), spilled) == (2 * 3 + 2, 2 * 3 + 1, 0)
    assert f"cvt.rn.{'bf16' if x == tl.bfloat16 else 'f16'}" in ptx  # to nearest, ties to even
    print(f"adam, parameters {x}: {registers} registers")


def test_float64_compiles_without_spills():
    ptx, registers, spilled = update(adam, x=tl.float64, g=tl.float64)
    assert (count(ptx, "ld", 2), spilled) == (4 * 4, 0)
    print(f"adam, float64: {registers} registers")


def test_addresses_that_do_not_divide_by_16_are_not_read_as_if_they_did():
    ptx, _, spilled = update(adam, aligned=False)
    assert (count(ptx, "ld", 4), count(ptx, "st", 4), spilled) == (0, 0, 0)


@EACH_RULE
def test_the_scalars_compile_for_the_device_in_float64(rule):
    constants = {"CLIP": True, "RAISE": True, "CLOCKS": 16, "BLOCK": 1024}
    ptx, registers, spilled = compiled(kernels(rule).prepare, PREPARE, constants)
    assert spilled == 0
    assert "ex2.approx" not in ptx
    print(f"{short_name(rule)}: {registers} registers")


@pytest.mark.parametrize(("g", "loads"), [(tl.float32, 2), (tl.bfloat16, 1)], ids=str)
def test_the_norm_is_read_128_bits_at_a_time(g, loads):
    arguments = {**TABLES, "columns": "i32", "partials": "*fp64", "first": "i32"}
    ptx, _, spilled = compiled(sum_squares, arguments, {"G": g, "ALIGNED": True, "BLOCK": 1024})
    assert (count(ptx, "ld", 4), spilled) == (loads, 0)
    assert "fma.rn.f64" in ptx or "mul.rn.f64" in ptx or "mul.f64" in ptx


def test_the_larger_of_two_numbers_is_nan_where_one_is():
    ptx, _, _ = update(adamax)
    assert "max.NaN.f32" in ptx


def test_the_body_is_the_rule_line_by_line():
    text = triton_source(adam)
    for line in (
        "m = beta1 * old_m + scalar_0 * g",
        "v = beta2 * old_v + scalar_1 * (g * g)",
        "m_hat = m / scalar_2",
        "return x - lr * m_hat / (tl.sqrt(v_hat) + eps), m, v",
        "scalar_3 = 1 - power(beta2, t)",
    ):
        assert f"    {line}\n" in text


def test_a_constant_keeps_its_float64_digits():
    assert "power(tl.full((), 0.96, tl.float64), t * momentum_decay)" in triton_source(nadam)


@pytest.mark.parametrize(("rule", "why"), [(lamb, "norm"), (muon, "orthogonal")])
def test_a_rule_that_is_not_elementwise_says_why(rule, why):
    with pytest.raises(SourceError, match=why):
        triton_source(rule)


@pytest.mark.skipif(triton.knobs.runtime.interpret, reason="the interpreter takes CPU tensors")
def test_tensors_on_a_cpu_are_refused_when_asked_for_triton():
    p = torch.ones(3, requires_grad=True)
    p.sum().backward()
    optimizer = torch_optimizer(adam)([p], implementation="triton")
    with pytest.raises(ValueError, match="the parameters are on cpu; pass implementation='auto'"):
        optimizer.step()


def test_a_rule_without_kernels_is_refused_when_asked_for_triton():
    with pytest.raises(SourceError, match="lamb has no fused form"):
        torch_optimizer(lamb)([torch.ones(3, requires_grad=True)], implementation="triton")
