"""Networks as programs in Python, C and JavaScript: they compute what the networks do."""

import ast
import json
import re
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import glassnet as gn
from tests.plugins.standalone.networks import (
    CPP_COMPILERS,
    WARNINGS,
    built,
    compiled,
    difference,
    drawn,
    imported,
    samples,
)

CLOSE = 1e-6


def networks(count, seed):
    rng = np.random.default_rng(seed)
    specs = [drawn(rng) for _ in range(count)]
    return [(built(kind, layers, number), samples(kind, 9, number)) for number, (kind, layers) in enumerate(specs)]


def test_120_drawn_networks_in_python(tmp_path):
    for number, (net, x) in enumerate(networks(120, seed=0)):
        path = tmp_path / f"net{number}.py"
        net.save(path)
        assert difference(imported(path).predict(x), net, x) <= CLOSE, net


def test_drawn_networks_in_c(in_c):
    drawn_ones = networks(20, seed=1)
    for (net, x), y in zip(drawn_ones, in_c(drawn_ones), strict=True):
        assert difference(y, net, x) <= CLOSE, net


def test_drawn_networks_in_node(in_node, tmp_path):
    imports, calls, drawn_ones = [], [], networks(60, seed=2)
    for number, (net, x) in enumerate(drawn_ones):
        net.save(tmp_path / f"net{number}.js")
        imports.append(f'import {{ predict as p{number} }} from "./net{number}.js";')
        calls.append(f"{json.dumps(x.tolist())}.map((sample) => Array.from(p{number}(sample)))")
    outputs = in_node("\n".join([*imports, f"console.log(JSON.stringify([{', '.join(calls)}]));"]))
    for (net, x), y in zip(drawn_ones, outputs, strict=True):
        assert difference(y, net, x) <= CLOSE, net


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Python's index has no browser")
def test_drawn_networks_in_chromium(tmp_path):
    drawn_ones, imports, calls = networks(12, seed=3), [], []
    for number, (net, x) in enumerate(drawn_ones):
        net.save(tmp_path / f"net{number}.js")
        imports.append(f'import {{ predict as p{number} }} from "./net{number}.js";')
        calls.append(f"{json.dumps(x.tolist())}.map((sample) => Array.from(p{number}(sample)))")
    script = "\n".join([*imports, f"document.title = JSON.stringify([{', '.join(calls)}]);"])
    (tmp_path / "index.html").write_text(f'<!doctype html><script type="module">{script}</script>')
    handler = partial(QuietHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        page = subprocess.run([*browser, "--dump-dom", address], capture_output=True, text=True, timeout=120).stdout
        server.shutdown()
    outputs = json.loads(re.search(r"<title>(.*)</title>", page)[1])
    for (net, x), y in zip(drawn_ones, outputs, strict=True):
        assert difference(y, net, x) <= CLOSE, net


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_each_network_gives_the_same_bytes_twice(tmp_path):
    net = built("image", "conv2d(2, 3) relu flatten dense(3) softmax")
    for name in ("py", "h", "js"):
        net.save(tmp_path / f"first.{name}")
        text = (tmp_path / f"first.{name}").read_bytes()
        net.save(tmp_path / f"first.{name}")
        assert (tmp_path / f"first.{name}").read_bytes() == text


def test_python_files_import_numpy_and_the_standard_library_alone(tmp_path):
    net = built("words", "embedding(7, 4, padding=0) lstm(3, mask=True) gelu dense(2)")
    net.save(tmp_path / "net.py")
    tree = ast.parse((tmp_path / "net.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names == {"base64", "numpy"}


def test_weights_may_be_beside_a_python_file(tmp_path):
    net, x = built("row", "dense(4) relu dense(2)"), samples("row", 5)
    gn.formats.py(beside=True).save(net, tmp_path / "net.py")
    with np.load(tmp_path / "net.npz") as file:
        assert file["0.weights"].tobytes() == net.parameters["0.weights"].tobytes()
    assert difference(imported(tmp_path / "net.py").predict(x), net, x) <= CLOSE


def test_float64_networks_stay_exact_in_python(tmp_path):
    net, x = built("row", "dense(4) gelu dense(2)", dtype="float64"), samples("row", 5).astype(np.float64)
    net.save(tmp_path / "net.py")
    assert difference(imported(tmp_path / "net.py").predict(x), net, x) <= 1e-13


def test_formulas_and_sources_are_those_of_the_layers(tmp_path):
    built("row", "dense(4) relu").save(tmp_path / "net.py")
    module = imported(tmp_path / "net.py")
    assert module.relu.__doc__.startswith("y = max(x, 0)")
    assert "Nair and Hinton (2010)" in module.relu.__doc__
    assert module.relu(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]


def test_samples_of_another_shape_are_refused(tmp_path, in_node):
    net = built("row", "dense(4)")
    net.save(tmp_path / "net.py")
    net.save(tmp_path / "net.js")
    with pytest.raises(ValueError, match=r"shape \(2, 5\); give samples of shape \(batch, 6\)"):
        imported(tmp_path / "net.py").predict(np.zeros((2, 5)))
    told = in_node(
        'import { predict } from "./net.js"; let told = "";'
        "try { predict([1, 2]); } catch (error) { told = error.message; } console.log(JSON.stringify(told));"
    )
    assert told == "the sample has 2 numbers; give 6, of shape [6]"


def test_networks_that_have_diverged_are_not_written(tmp_path):
    net = built("row", "dense(4)")
    net.parameters["0.weights"][1, 2] = np.nan
    with pytest.raises(gn.NonFiniteError, match="a program is made of finite numbers alone"):
        net.save(tmp_path / "net.h")
    assert not (tmp_path / "net.h").exists()


def test_programs_are_not_read(tmp_path):
    built("row", "dense(4)").save(tmp_path / "net.py")
    with pytest.raises(gn.FileError, match=r"net.py is a program .* load the model file"):
        gn.load(tmp_path / "net.py")


# --- the shipped digits --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    data = gn.datasets.digits().load()
    net = gn.Network("conv2d(8, 3) batch_norm relu max_pool2d flatten dense(32) relu dense(10) softmax")
    net.fit(data.train, loss="categorical_crossentropy", optimizer="adam(lr=0.01)", epochs=4, seed=0, progress=False)
    return net, data.test


def test_the_shipped_digits_in_c(digits, in_c):
    net, test = digits
    (y,) = in_c([(net, test.x)])
    assert difference(y, net, test.x) <= CLOSE
    assert (y.argmax(axis=1) == test.y).mean() > 0.9


def test_the_shipped_digits_with_weights_of_8_bits(digits, in_c, tmp_path):
    net, test = digits
    (y,) = in_c([(net, test.x)], "h(int8=True)")
    assert difference(y, net, test.x) > CLOSE
    assert (y.argmax(axis=1) == net.predict(test.x).argmax(axis=1)).mean() > 0.99


def test_a_header_tells_its_size_time_and_difference(digits, compiler, tmp_path):
    net, _ = digits
    gn.formats.h(classes=list("0123456789")).save(net, tmp_path / "digits.h")
    compiled(compiler, tmp_path / "digits.h", tmp_path / "digits", "-DDIGITS_MAIN", "-x", "c")
    size, time, largest = subprocess.run([tmp_path / "digits"], capture_output=True, text=True).stdout.splitlines()
    numbers = len(net.flat_parameters) + 2 * 8
    assert size.startswith(f"size: {numbers} numbers in {4 * numbers} bytes, memory: ")
    assert time.endswith(" ms a sample")
    assert float(largest.removeprefix("largest difference from glassnet: ")) <= CLOSE


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("cpp", CPP_COMPILERS)
def test_headers_are_cpp_too(cpp, int8, digits, tmp_path):
    gn.formats.h(int8=int8, classes=list("0123456789")).save(digits[0], tmp_path / "digits.h")
    options = ["-std=c++17", "-fsyntax-only", "-DDIGITS_MAIN", *WARNINGS, "-x", "c++", tmp_path / "digits.h"]
    assert subprocess.run([cpp, *options], capture_output=True, text=True).stderr == ""


def test_pixels_are_bytes(in_c, in_node, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (20, 4, 4, 1), dtype=np.uint8), rng.integers(0, 2, 20)
    net = gn.Network("flatten dense(2) softmax")
    net.fit(x, y, loss="categorical_crossentropy", optimizer="sgd", epochs=1, progress=False)
    assert difference(in_c([(net, x)])[0], net, x) <= CLOSE
    net.save(tmp_path / "net.py")
    net.save(tmp_path / "net.js")
    assert difference(imported(tmp_path / "net.py").predict(x), net, x) <= CLOSE
    each = "Array.from(predict(sample))"
    outputs = in_node(
        f'import {{ predict }} from "./net.js"; const all = {x.tolist()}.map((sample) => {each});'
        "console.log(JSON.stringify(all));"
    )
    assert difference(outputs, net, x) <= CLOSE


def test_class_names_are_in_all_programs(compiler, in_node, tmp_path):
    net, x = built("row", "dense(3) softmax"), samples("row", 4)
    names = ["red", "green ©", 'a "quote"\\']
    for kind in ("py", "h", "js"):
        getattr(gn.formats, kind)(classes=names).save(net, tmp_path / f"net.{kind}")
    expected = [names[place] for place in net.predict(x).argmax(axis=1)]
    assert imported(tmp_path / "net.py").classify(x) == expected
    call = "console.log(JSON.stringify(" + json.dumps(x.tolist()) + ".map(classify)))"
    assert in_node(f'import {{ classify }} from "./net.js"; {call}') == expected
    main = '#include <stdio.h>\n#include "net.h"\nint main(void) { for (int i = 0; i < 3; i++) puts(net_class(i)); }\n'
    (tmp_path / "main.c").write_text(main)
    compiled(compiler, tmp_path / "main.c", tmp_path / "main")
    assert subprocess.run([tmp_path / "main"], capture_output=True).stdout.decode().splitlines() == names
