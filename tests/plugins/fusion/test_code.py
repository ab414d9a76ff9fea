"""Compiled code: kept on disk, compiled anew if it is damaged, and rounded operation by operation."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_fusion.fused_function import FusedFunction
from glassnet_fusion.programs import finish_compiling
from glassnet_machine_code import code_cache, compiler as machine_code


def products(x, y):
    return x * y + x


@pytest.fixture
def compiler(monkeypatch):
    """Return the texts that were compiled."""
    finish_compiling()  # what other tests have begun
    texts = []
    compile_it = machine_code._compiled

    def note(text):
        texts.append(text)
        return compile_it(text)

    monkeypatch.setattr(machine_code, "_compiled", note)
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    return texts


def result(function=products, size=5000):
    x, y = np.random.default_rng(0).normal(size=(2, size))
    fused = FusedFunction(function, lambda *arrays: pytest.fail("it is not compiled"))
    fused.fused(x, y)
    finish_compiling()
    return fused(x, y)


def test_the_second_time_code_is_read_from_the_cache(compiler, empty_cache, monkeypatch):
    first = result()
    (file,) = empty_cache.iterdir()
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    assert result().tobytes() == first.tobytes()
    assert len(compiler) == 1
    assert list(empty_cache.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="folders of the user have the rights of the user's own one")
def test_a_folder_that_others_may_write_to_is_not_used(compiler, empty_cache, monkeypatch):
    wanted = result()
    (file,) = empty_cache.iterdir()
    file.write_bytes(b"code of somebody else")
    empty_cache.chmod(0o777)
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    np.testing.assert_array_equal(result(), wanted)
    assert len(compiler) == 2
    assert file.read_bytes() == b"code of somebody else"


@pytest.mark.parametrize("damage", [lambda code: code[:-1], lambda code: b"", lambda code: code[:9] + b"?" + code[10:]])
def test_damaged_code_is_compiled_anew(compiler, empty_cache, monkeypatch, damage):
    first = result()
    (file,) = empty_cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    with pytest.warns(gn.GlassnetWarning, match=f"{file.name} is damaged, and is compiled anew"):
        assert result().tobytes() == first.tobytes()
    assert len(compiler) == 2
    assert file.read_bytes() == whole


def test_it_works_where_no_cache_can_be_written(compiler, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(code_cache, "folder", lambda: tmp_path / "file" / "cache")
    result()
    assert len(compiler) == 1


def test_it_works_where_the_cache_cannot_be_looked_at(compiler, monkeypatch):
    def refuse(path):
        raise PermissionError(f"a folder of someone else's: {path}")

    monkeypatch.setattr(Path, "stat", refuse)
    result()
    assert len(compiler) == 1


def test_a_user_without_a_home_has_no_cache(compiler, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # ~/.cache would be a folder in it
    monkeypatch.setattr(code_cache, "folder", lambda: Path("~/.cache/glassnet/fused"))
    result()
    assert len(compiler) == 1
    assert not [*tmp_path.iterdir()]


def test_products_and_sums_are_rounded_one_by_one():
    # By hand: x y is 1 + 2^-26 + 2^-54, of which 2^-54 is rounded off before 1 is taken away.
    x = np.full(5000, 1 + 2.0**-27)
    fused = FusedFunction(lambda x: x * x - 1, lambda x: pytest.fail("it is not compiled"))
    fused.fused(x)
    finish_compiling()
    np.testing.assert_array_equal(fused(x), 2.0**-26)


def test_a_compiler_that_fails_leaves_it_to_numpy(monkeypatch):
    monkeypatch.setattr("glassnet_fusion.programs._programs", {})
    monkeypatch.setattr(machine_code, "function_of", lambda *_: 1 / 0)
    x = np.ones(5000)
    fused = FusedFunction(products, products)
    for _ in range(2):
        np.testing.assert_array_equal(fused(x, x), 2)
        finish_compiling()
    assert fused.last_reason == "ZeroDivisionError: division by zero"


def test_what_is_computed_until_the_code_is_there_is_numpys():
    x = np.linspace(-1, 1, 5000)
    calls = []

    def formula(x, y):
        calls.append(type(x))
        return x * y - y * 3

    fused = FusedFunction(formula, formula)
    with machine_code._lock:  # the code cannot be there before the first call ends
        assert fused(x, x).tobytes() == (x * x - x * 3).tobytes()
    for _ in range(2):
        finish_compiling()
        assert fused(x, x).tobytes() == (x * x - x * 3).tobytes()
    assert calls.count(np.ndarray) == 1


def test_what_is_short_does_not_import_the_compiler():
    code = (
        "import sys, numpy as np, glassnet as gn\nx = np.ones((4, 2))\n"
        "gn.Network('dense(1) tanh').fit(x, x[:, 0], loss='mse', optimizer='adam', epochs=1, progress=False)\n"
        "assert 'llvmlite' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_process_that_ends_while_code_is_compiled_ends_well():
    code = (
        "import numpy as np\nfrom glassnet_fusion.fused_function import FusedFunction\n"
        "f = FusedFunction(lambda x: np.exp(x) * x - x, None)\nf.fused(np.ones(5000))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_process_that_ends_waits_only_for_the_code_at_hand():
    code = (
        "import threading, time\nfrom glassnet_fusion.background import Background\n"
        "background, has_begun = Background(), threading.Event()\n"
        "background.submit(lambda: (has_begun.set(), time.sleep(1), print('first')))\n"
        "background.submit(lambda: print('second'))\n"
        "has_begun.wait()"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("first\n", "")


def test_components_say_what_is_fused_of_them(capsys):
    from glassnet_commands.command_line import main

    def shown(what):
        main(["plugins", "show", what])
        return next(line for line in capsys.readouterr().out.splitlines() if line.startswith("fused"))

    assert shown("optimizer:adam") == "fused     update: yes"
    assert shown("activation:tanh") == "fused     forward: NumPy computes it in one pass; backward: yes"
    assert shown("optimizer:lbfgs") == "fused     no: it computes in a way of its own"
    assert shown("regularizer:l2") == "fused     gradient: yes"
    assert shown("layer:dense") == "fused     no: its accelerator is written by hand"


def test_the_profile_and_the_folder_say_what_is_fused(tmp_path, monkeypatch, capsys):
    import json

    from glassnet_fusion import choice

    monkeypatch.setattr(choice, "cost_of_code", lambda: 0)

    class Wait(gn.Callback):
        """Waits for the compiler."""

        def on_batch_end(self, run):
            finish_compiling()

    x = np.random.default_rng(0).normal(size=(64, 100)).astype("float32")
    net = gn.Network("dense(100) tanh dense(1)")
    callbacks = [Wait(), "profile(watch_every=9)"]
    net.fit(
        x, x[:, :1], loss="mse", optimizer="adam", epochs=4, batch_size=64, callbacks=callbacks, folder=tmp_path,
        progress=False,
    )  # fmt: skip
    described = json.loads((tmp_path / "environment.json").read_text())
    assert described["fused"] == ["adam", "mean_squared_error", "tanh"]
    told = capsys.readouterr().err
    assert "left to NumPy: tanh forward, since NumPy computes it in one pass" in told
    assert "fused: adam, mean_squared_error, tanh\n" in told
