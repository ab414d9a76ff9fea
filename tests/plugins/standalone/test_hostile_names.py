"""Names from data never become code in a program, and never reach a terminal that shows it."""

import builtins
import json
import subprocess
import unicodedata

import numpy as np
import pytest

import glassnet as gn
from glassnet_standalone.native_rows import native_rows
from tests.plugins.standalone.networks import compiled, imported

NAMES = [
    "x\nimport builtins; builtins.BROKEN_OUT = True #",
    '"""; import builtins; builtins.BROKEN_OUT = True; """',
    "*/ globalThis.BROKEN_OUT = true; /*",
    "*/ int broken_out = 1 / 0; /*",
    "a\u2028globalThis.BROKEN_OUT = true",
    "</script><script>alert(1)</script>",
    "\x1b[2J\x07\x9b31m",
    "\u202e\u2066 return",
    "back\\slash ??/ %s {x} ${1} `c`",
    "is_category(row->x, 1) == AT(\x7f",
    "a\t tab",
    "x" * 3000,
]
EACH = pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))


@pytest.fixture
def trained(tmp_path):
    """Return a function that trains on a table whose column, categories and target or classes have a name."""

    def train(name, is_number):
        rng = np.random.default_rng(0)
        category = [str(each) for each in rng.choice([name, "plain", f"{name} too"], 60)]
        rows = [{name: float(place), f"{name} text": each} for place, each in enumerate(category)]
        targets = [place + 0.5 for place in range(60)] if is_number else category
        path = tmp_path / "table.json"
        path.write_text(json.dumps([{**row, f"{name} target": each} for row, each in zip(rows, targets, strict=True)]))
        data = gn.datasets.table(str(path), f"{name} target").load()
        net = gn.Network(["dense(4)", "relu", *(["dense(1)"] if is_number else ["dense(3)", "softmax"])])
        net.fit(data.train, loss="mse" if is_number else "cce", optimizer="adam", epochs=1, progress=False)
        return net, rows, net.predict(rows)

    return train


def shown_harmlessly(path):
    """Tell whether a file has no character that moves a cursor, changes colours, or turns the direction of text."""
    text = path.read_text("utf-8")
    return not any(unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") and each != "\n" for each in text)


@EACH
@pytest.mark.parametrize("is_number", [True, False])
def test_a_name_is_no_code_in_python(name, is_number, trained, tmp_path):
    net, rows, expected = trained(name, is_number)
    net.save(tmp_path / "net.py")
    module = imported(tmp_path / "net.py")
    assert np.allclose(module.predict(rows), expected, rtol=1e-5)
    assert not hasattr(builtins, "BROKEN_OUT")
    assert shown_harmlessly(tmp_path / "net.py")
    if not is_number:
        assert sorted(module.CLASSES) == sorted([name, "plain", f"{name} too"])


@EACH
@pytest.mark.parametrize("is_number", [True, False])
def test_a_name_is_no_code_in_javascript(name, is_number, trained, tmp_path, in_node):
    net, rows, expected = trained(name, is_number)
    net.save(tmp_path / "net.js")
    answer = "typeof y === 'number' ? y : Array.from(y)"
    found = in_node(
        'import { predictRow } from "./net.js";\n'
        f"const all = {json.dumps(rows)}.map((row) => {{ const y = predictRow(row); return {answer}; }});\n"
        "console.log(JSON.stringify([typeof globalThis.BROKEN_OUT, all]));"
    )
    assert found[0] == "undefined"
    assert np.allclose(found[1], expected, rtol=1e-5)
    assert shown_harmlessly(tmp_path / "net.js")
    assert "</script" not in (tmp_path / "net.js").read_text()


@EACH
@pytest.mark.parametrize("is_number", [True, False])
def test_a_name_is_no_code_in_c(name, is_number, trained, tmp_path, compiler):
    net, rows, expected = trained(name, is_number)
    net.save(tmp_path / "net.h")
    fields = [each.name for each in native_rows(net).fields]
    cells = [", ".join(_in_c(row[field]) for field in fields) for row in rows]
    answer = "p[0] = (float)net_value(&rows[i]);" if is_number else "(void)net_classify(&rows[i], p);"
    listed = ",\n".join(f"{{{each}}}" for each in cells)
    main = (
        f'#include <stdio.h>\n#include "net.h"\nstatic const net_row rows[] = {{\n{listed}\n}};\n'
        f"int main(void)\n{{\n    float p[3] = {{0}};\n    for (int i = 0; i < {len(rows)}; i++) {{ {answer} "
        'printf("%.9g %.9g %.9g\\n", p[0], p[1], p[2]); }\n    return 0;\n}\n'
    )
    (tmp_path / "main.c").write_text(main)
    compiled(compiler, tmp_path / "main.c", tmp_path / "main")
    told = subprocess.run([tmp_path / "main"], capture_output=True, text=True).stdout.split()
    found = np.array(told, float).reshape(len(rows), 3)
    assert np.allclose(found[:, 0] if is_number else found, expected, rtol=1e-5)
    assert shown_harmlessly(tmp_path / "net.h")


def _in_c(value):
    """Return a value of a row in C: each byte of a text is written as a number of base 8."""
    if isinstance(value, float):
        return repr(value)
    return '"' + "".join(f"\\{byte:03o}" for byte in value.encode()) + '"'


def test_half_a_pair_of_unicode_is_refused_where_there_are_no_bytes(tmp_path):
    net = gn.Network(["dense(2)", "softmax"])
    net.build((3,))
    classes = ("a", "\ud800")
    gn.formats.py(classes=classes).save(net, tmp_path / "net.py")
    assert classes == imported(tmp_path / "net.py").CLASSES
    gn.formats.js(classes=classes).save(net, tmp_path / "net.js")
    with pytest.raises(gn.OptionError, match=r"the name '\\ud800' holds half a pair of Unicode"):
        gn.formats.h(classes=classes).save(net, tmp_path / "net.h")
    assert not (tmp_path / "net.h").exists()
