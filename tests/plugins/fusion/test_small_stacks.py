"""Compiled code in threads whose stacks hold little more than Python needs, as those of musl and of some servers do."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys, threading
import numpy as np
import glassnet_machine_code.compiler
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling

def rows(x):
    y = np.tanh(x - x.max(axis=1, keepdims=True))
    z = np.log1p(np.abs(y)) + np.sinh(y) + np.arctan(y) + np.cosh(y) + np.expm1(y)
    return z / z.sum(axis=1, keepdims=True)

def elements(x):
    y = np.tanh(x)
    for _ in range(3):
        y = np.tanh(np.sinh(np.arctan(np.log1p(np.abs(y)))))
    return y * x + 1

def axes(x):
    seen = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), (3, 3), (1, 2))
    return np.tanh(seen.max(axis=(4, 5)) * 2 + x) * x

function, shape = {"rows": (rows, (16, 4096)), "elements": (elements, (50000,)), "axes": (axes, (4, 28, 28, 20))}[
    sys.argv[1]
]
x = np.random.default_rng(0).normal(size=shape).astype("float32")
fused = FusedFunction(function, function)
computed = []

def compute():
    fused(x)
    finish_compiling()
    computed.append(fused(x))

threading.stack_size(int(sys.argv[2]))
thread = threading.Thread(target=compute)
thread.start()
thread.join()
assert (fused.last_reason, fused.has_run) == ("", True), fused.last_reason
assert computed[0].tobytes() == function(x).tobytes()
print("the same bytes")
"""


@pytest.mark.parametrize("stack", [65_536, 131_072])
@pytest.mark.parametrize("formula", ["rows", "elements", "axes"])
@pytest.mark.parametrize("cache", ["an empty cache", "a full cache"])
def test_a_formula_is_compiled_and_computed_on_a_small_stack(formula, stack, cache, tmp_path, monkeypatch):
    if cache == "an empty cache":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    command = [sys.executable, "-c", PROGRAM, formula, str(stack)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (run.returncode, run.stdout, run.stderr) == (0, "the same bytes\n", "")
