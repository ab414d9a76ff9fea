"""Fifty-seven tables as people have them: each from its file to predictions for new rows, with the correct values."""

import numpy as np
import pytest
from messy_tables import CITIES, TABLES, homes

import glassnet as gn

ROWS, NEW = homes(160, seed=1), homes(20, seed=2)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_trains_and_predicts_new_rows(name, tmp_path):
    file, write = TABLES[name]
    write(ROWS, tmp_path / file)
    data = gn.datasets.table(str(tmp_path / file), "rent").load()
    table = data.train.preprocessing
    columns = {each.name: each for each in table.features}
    assert data.task == "regression"
    assert [columns[each].format.type for each in ("city", "size", "garden", "built")] == [
        "text",
        "number",
        "boolean",
        "date",
    ]
    assert columns["city"].states[0]["categories"] == sorted(CITIES)
    assert "id" in table.left_out
    # All rents, in both parts, are those of the rows.
    rents = np.concatenate([table.in_units(part.y)[:, 0] for part in (data.train, data.test)])
    np.testing.assert_allclose(np.sort(rents), np.sort([row["rent"] for row in ROWS]), rtol=1e-5)
    net = gn.Network("dense(1)")
    net.fit(data.train, loss="mse", optimizer="lbfgs", epochs=60, batch_size=200, progress=False)
    path = tmp_path / "new" / file
    path.parent.mkdir()
    write(NEW, path)
    np.testing.assert_allclose(net.predict(path), [row["rent"] for row in NEW], rtol=0.02)
    net.save(tmp_path / "net.safetensors")
    np.testing.assert_array_equal(gn.load(tmp_path / "net.safetensors").predict(path), net.predict(path))
