"""``glassnet export`` and ``glassnet import``."""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

import glassnet as gn


def test_a_model_is_exported_and_imported(glassnet, here):
    net = gn.Network("dense(3) relu dense(2) softmax").build(4, seed=1)
    net.save("m.safetensors")
    code, output, _ = glassnet("export", "m.safetensors", "m.onnx")
    assert code == 0
    assert output.startswith("m.onnx: ")
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    session = onnxruntime.InferenceSession("m.onnx", providers=["CPUExecutionProvider"])
    assert np.abs(session.run(None, {"x": x})[0] - net.predict(x)).max() < 1e-6
    code, output, _ = glassnet("import", "m.onnx", "--out", "again.safetensors")
    assert code == 0
    assert output.splitlines()[-1] == "written to again.safetensors"
    assert gn.load("again.safetensors").predict(x).tobytes() == net.predict(x).tobytes()


def test_a_format_that_is_not_known_is_named(glassnet, here):
    gn.Network("dense(2)").build(3).save("m.safetensors")
    code, _, errors = glassnet("export", "m.safetensors", "m.h5")
    assert code == 2
    assert "models are written as safetensors, h, js, onnx or py (got m.h5)" in errors


def test_options_of_a_format_are_options_of_the_command(glassnet, here):
    gn.Network("dense(2)").build(3).save("m.safetensors")
    assert glassnet("export", "m.safetensors", "m.h", "--int8").code == 0
    assert "static const signed char m_w0_weights[6]" in (here / "m.h").read_text()
    code, _, errors = glassnet("export", "m.safetensors", "m.py", "--int8")
    assert code == 2
    assert "m.py is written as py, which has no option --int8; its options: --beside" in errors
    assert not (here / "m.py").exists()


def test_programs_of_a_run_know_its_classes(glassnet, here):
    assert glassnet("train", "iris", "--epochs", "1").code == 0
    assert glassnet("export", "runs/iris-1", "m.js").code == 0
    assert 'export const classes = ["setosa", "versicolor", "virginica"];' in (here / "m.js").read_text()


def test_a_format_may_be_given_with_options(glassnet, here):
    gn.Network("dense(2)").build(3).save("m.safetensors")
    assert glassnet("export", "m.safetensors", "m.onnx", "--opset", "23").code == 0
    assert onnx.load("m.onnx").opset_import[0].version == 23
    code, _, errors = glassnet("export", "m.safetensors", "n.onnx", "--opset", "24")
    assert code == 2
    assert "opset must be >= 20 and <= 23 (got 24)" in errors
    assert not (here / "n.onnx").exists()


def test_one_format_alone_is_named(here):
    code = "import glassnet as gn; gn.Network('dense(2)').build(3).save('m.h5')"
    environment = {**os.environ, "GLASSNET_DISABLE": "onnx,standalone"}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert "models are written as safetensors (got m.h5); name the file m.safetensors" in ended.stderr
