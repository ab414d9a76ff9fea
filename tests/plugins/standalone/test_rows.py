"""Programs that take rows of a table: their transforms, class names and units are those of the training."""

import datetime
import json
import shutil
import subprocess

import numpy as np
import pytest

import glassnet as gn
from glassnet_standalone.native_rows import native_rows
from tests.plugins.standalone.networks import CPP_COMPILERS, WARNINGS, compiled, imported


def table(rows=60):
    """Return rows with numbers, text, dates and gaps."""
    rng = np.random.default_rng(0)
    frame = {
        "area": [float(each) for each in rng.uniform(30, 200, rows)],
        "rooms": [int(each) for each in rng.integers(1, 6, rows)],
        "the city": [str(each) for each in rng.choice(["Paris", "Rome", "Zürich"], rows)],
        "built": [f"{each}-03-2{place % 8}" for place, each in enumerate(rng.integers(1950, 2020, rows))],
        "garden": [bool(each) for each in rng.integers(0, 2, rows)],
    }
    frame["area"][3] = None
    frame["the city"][5] = None
    frame["price"] = [
        3000 * (area or 100) + 10000 * rooms for area, rooms in zip(frame["area"], frame["rooms"], strict=False)
    ]
    return frame


def trained(tmp_path, target, **transforms):
    """Return a network that was trained on the table, the table, and what the network answers."""
    frame = table()
    specs = [f"{column.replace('_', ' ')}: {chain}" for column, chain in transforms.items()]
    path = tmp_path / "table.json"
    path.write_text(json.dumps([dict(zip(frame, row, strict=True)) for row in zip(*frame.values(), strict=True)]))
    data = gn.datasets.table(str(path), target, transforms=specs).load()
    loss, last = ("mse", "dense(1)") if target == "price" else ("cce", "dense(3) softmax")
    net = gn.Network(f"dense(6) relu {last}" if target != "garden" else "dense(6) relu dense(1) sigmoid")
    net.fit(data.train, loss="bce" if target == "garden" else loss, optimizer="adam", epochs=2, progress=False)
    frame.pop(target) if target != "the city" else None
    rows = [dict(zip(frame, row, strict=True)) for row in zip(*frame.values(), strict=True)]
    return net, rows, net.predict(rows)


CASES = [
    ("price", {}),
    ("price", {"area": "impute(indicator=True) quantile", "rooms": "log robust_scale", "the_city": "frequency"}),
    ("price", {"area": "clip(0, 100) min_max(-1, 1) impute", "the_city": "impute(by='mode') ordinal standardize"}),
    ("price", {"price": "log min_max", "the_city": "one_hot(max_categories=2)"}),
    ("price", {"the_city": "hashed(size=5) standardize", "rooms": "impute standardize"}),
    ("garden", {}),
]


def close(found, expected):
    return np.abs(np.asarray(found) - expected).max() <= 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize(("target", "transforms"), CASES)
def test_rows_in_python(target, transforms, tmp_path):
    net, rows, expected = trained(tmp_path, target, **transforms)
    net.save(tmp_path / "net.py")
    module = imported(tmp_path / "net.py")
    assert close(module.predict(rows), expected)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert close(module.predict(columns), expected)
    if expected.ndim == 2:
        assert module.classify(rows) == [module.CLASSES[place] for place in expected.argmax(axis=1)]


def test_text_and_hashes_in_python(tmp_path):
    chains = {"the_city": "text(size=8, characters=2)", "rooms": "impute standardize"}
    net, rows, expected = trained(tmp_path, "price", **chains)
    net.save(tmp_path / "net.py")
    assert close(imported(tmp_path / "net.py").predict(rows), expected)
    with pytest.raises(gn.OptionError, match=r"column 'the city': the transform text cannot be written in C"):
        net.save(tmp_path / "net.h")
    assert not (tmp_path / "net.h").exists()


@pytest.mark.parametrize(("target", "transforms"), CASES)
def test_rows_in_node(target, transforms, tmp_path, in_node):
    net, rows, expected = trained(tmp_path, target, **transforms)
    net.save(tmp_path / "net.js")
    answer = "typeof y === 'number' ? y : Array.from(y)"
    found = in_node(
        'import { predictRow } from "./net.js";\n'
        f"const all = {json.dumps(rows)}.map((row) => {{ const y = predictRow(row); return {answer}; }});\n"
        "console.log(JSON.stringify(all));"
    )
    assert close(found, expected)


def test_rows_in_c(tmp_path, compiler):
    parts, calls, all_expected = ["#include <stdio.h>"], [], []
    for number, (target, transforms) in enumerate(CASES):
        name = f"net{number}"
        net, rows, expected = trained(tmp_path, target, **transforms)
        net.save(tmp_path / f"{name}.h")
        cells = (", ".join(_cell(field, row) for field in native_rows(net).fields) for row in rows)
        written = ",\n".join(f"{{{each}}}" for each in cells)
        parts += [f'#include "{name}.h"', f"static const {name}_row rows{number}[] = {{\n{written}\n}};"]
        answer = f'printf("%.9g\\n", {name}_value(&rows{number}[i]));'
        if expected.ndim == 2:
            answer = f'float p[2]; (void){name}_classify(&rows{number}[i], p); printf("%.9g\\n%.9g\\n", p[0], p[1]);'
        calls.append(f"    for (int i = 0; i < {len(rows)}; i++) {{ {answer} }}")
        all_expected.append(expected)
    main = "\n".join([*parts, "int main(void)", "{", *calls, "    return 0;", "}", ""])
    (tmp_path / "main.c").write_text(main)
    compiled(compiler, tmp_path / "main.c", tmp_path / "main")
    told = subprocess.run([tmp_path / "main"], capture_output=True, text=True).stdout.split()
    ends = np.cumsum([expected.size for expected in all_expected])
    for found, expected in zip(np.split(np.array(told, float), ends[:-1]), all_expected, strict=True):
        assert close(found.reshape(expected.shape), expected)


@pytest.mark.parametrize("language", ["c", "c++"])
def test_columns_may_have_the_names_of_words_of_c(language, tmp_path):
    names = ["class", "new", "this", "int", "NAN", "EOF", "stdin", "linux", "a_11", "a", "a!", "a?", "x"]
    rng = np.random.default_rng(0)
    frame = {name: rng.normal(size=20).tolist() for name in [*names, "target"]}
    (tmp_path / "table.json").write_text(
        json.dumps([dict(zip(frame, row, strict=True)) for row in zip(*frame.values(), strict=True)])
    )
    net = gn.Network("dense(1)")
    data = gn.datasets.table(str(tmp_path / "table.json"), "target").load()
    net.fit(data.train, loss="mse", optimizer="sgd", epochs=1, progress=False)
    net.save(tmp_path / "net.h")
    assert len({field.field for field in native_rows(net).fields}) == len(names)
    (tmp_path / "main.c").write_text('#include "net.h"\n')
    for compiler in ("gcc", "clang") if language == "c" else CPP_COMPILERS:
        if shutil.which(compiler):
            options = ["-std=c++17" if language == "c++" else "-std=gnu99", "-fsyntax-only", *WARNINGS, "-x", language]
            told = subprocess.run([compiler, *options, tmp_path / "main.c"], capture_output=True, text=True)
            assert told.stderr == ""


def _cell(field, row):
    """Return a cell as a C program writes it."""
    value = row[field.name]
    if value is None:
        return "0" if field.kind == "text" else "NAN"
    if field.kind == "text":
        return '"' + "".join(f"\\{byte:03o}" for byte in str(value).encode()) + '"'
    if field.kind == "date":
        return repr(datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC).timestamp())
    return repr(float(value))


def test_cells_that_cannot_be_read_count_as_missing(tmp_path, in_node):
    net, rows, _ = trained(tmp_path, "price")
    damaged = [{**rows[0], name: cell} for name, cell in (("area", "abc"), ("built", "soon"), ("garden", "maybe"))]
    missing = [{**rows[0], name: None} for name in ("area", "built", "garden")]
    expected = net.predict(missing)
    assert len(set(expected.round())) == 3
    net.save(tmp_path / "net.py")
    net.save(tmp_path / "net.js")
    assert close(imported(tmp_path / "net.py").predict(damaged), expected)
    call = f"console.log(JSON.stringify({json.dumps(damaged)}.map(predictRow)));"
    assert close(in_node(f'import {{ predictRow }} from "./net.js"; {call}'), expected)


def test_a_missing_column_is_named(tmp_path, in_node):
    net, *_ = trained(tmp_path, "price")
    net.save(tmp_path / "net.py")
    net.save(tmp_path / "net.js")
    with pytest.raises(ValueError, match="the rows have no column 'area'"):
        imported(tmp_path / "net.py").predict([{"rooms": 3}])
    told = in_node(
        'import { predictRow } from "./net.js"; let told = "";'
        "try { predictRow({ rooms: 3 }); } catch (error) { told = error.message; } console.log(JSON.stringify(told));"
    )
    assert told == 'the row has no column "area"'
