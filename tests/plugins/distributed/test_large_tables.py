"""A table that is read in pieces: each rank reads and keeps its part, and the ranks together have all of it."""

import itertools

import numpy as np
import polars
import pyarrow.parquet
import pytest

import glassnet as gn
from glassnet_tables.pieces import pieces_of
from glassnet_tables.readers import OneReader

ROWS = 1000


@pytest.fixture
def in_small_pieces(monkeypatch):
    from glassnet_tables import json_lines, pieces, row_sample, text_pieces

    monkeypatch.setattr(pieces, "_PIECE_ROWS", 50)
    monkeypatch.setattr(json_lines, "_PIECE_BYTES", 2000)
    monkeypatch.setattr(text_pieces, "_PIECE_BYTES", 2000)
    monkeypatch.setattr(text_pieces, "_LOOKED_AT_BYTES", 2000)
    monkeypatch.setattr(row_sample, "_SAMPLE_ROWS", 300)


@pytest.fixture
def load(share, monkeypatch, in_small_pieces):
    """Return a function that gives what `work` returns for the data of each rank."""
    import glassnet_distributed.loading
    import glassnet_distributed.requested

    monkeypatch.setattr(
        glassnet_distributed.loading, "communicator", lambda: glassnet_distributed.requested.communicator()
    )

    def run(size, work=lambda data: data, validation=None, **options):
        source = gn.datasets.table(**{"target": "y", "in_memory": 0, **options})
        return share(size, lambda ranks: work(gn.distributed.load(source, validation=validation)))

    return run


@pytest.fixture(params=["t.parquet", "t.csv", "t.jsonl"])
def path(request, tmp_path):
    """A table whose rows can be told by their column `a`, in row groups of 50."""
    rng = np.random.default_rng(0)
    frame = polars.DataFrame(
        {
            "a": np.arange(ROWS) / 1,
            "b": rng.normal(size=ROWS),
            "c": rng.choice(["x", "y"], ROWS),
            "y": rng.normal(size=ROWS),
        }
    )
    if request.param == "t.csv":
        frame.write_csv(tmp_path / request.param)
    elif request.param == "t.jsonl":
        frame.write_ndjson(tmp_path / request.param)
    else:
        frame.write_parquet(tmp_path / request.param, row_group_size=50)
    return str(tmp_path / request.param)


def rows_in(split):
    """The numbers of the rows of a split, from the column `a`."""
    made = split.preprocessing
    mean, scale = (made.features[0].states[-1][name] for name in ("mean", "std"))
    return np.rint(split.x[:, 0] * scale + mean).astype(int).tolist()


def test_the_ranks_have_the_rows_and_transforms_of_one_process(load, path):
    alone = load(1, path=path, validation=0.2)[0]
    for size in (2, 3):
        parts = load(size, path=path, validation=0.2)
        for name in ("train", "validation", "test"):
            found = [rows_in(getattr(part, name)) for part in parts]
            assert all(len(rows) < 0.7 * len(rows_in(getattr(alone, name))) for rows in found)
            assert sorted(itertools.chain(*found)) == sorted(rows_in(getattr(alone, name)))
        arrays = [part.train.preprocessing.arrays() for part in (alone, *parts)]
        assert all(each[name].tobytes() == arrays[0][name].tobytes() for each in arrays for name in arrays[0])


def test_row_groups_of_others_are_not_read(tmp_path, in_small_pieces):
    file = tmp_path / "t.parquet"
    polars.DataFrame({"a": np.arange(ROWS)}).write_parquet(file, row_group_size=50)
    place = pyarrow.parquet.ParquetFile(file).metadata.row_group(15).column(0)
    content = bytearray(file.read_bytes())
    start = min(place.data_page_offset, place.dictionary_page_offset or place.data_page_offset)
    content[start : start + 20] = b"\xff" * 20
    file.write_bytes(content)

    def read(rank):
        reader = OneReader()
        reader.rank, reader.size = rank, 2
        frames = [frame for frame in pieces_of(file, readers=reader)() if frame is not None]
        return [row for frame in frames for row in frame["a"].to_list()]

    assert read(0) == list(range(ROWS // 2))
    with pytest.raises(polars.exceptions.ComputeError):
        read(1)


def test_text_of_others_is_not_parsed(load, tmp_path, monkeypatch):
    from glassnet_tables import text_pieces

    parsed = []
    frame_of_lines = text_pieces.frame_of_lines

    def noted(path, text, *rest):
        parsed.append(text)
        return frame_of_lines(path, text, *rest)

    monkeypatch.setattr(text_pieces, "frame_of_lines", noted)
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{row},{row % 7}.5\n" for row in range(ROWS)))
    load(2, path=str(tmp_path / "t.csv"))
    times = {parsed.count(text) for text in parsed if not text.startswith("a,y")}
    assert times == {2}  # once for the transforms and once for the samples, by one of the two ranks


def test_steps_on_uneven_parts_count_each_row_once(load, path):
    """The latest rows are tested with: of a file that is sorted by time, they are all on one rank."""

    def work(data):
        net = gn.Network("dense(1)")
        net.build(data.train.x.shape[1:], seed=3)
        history = net.fit(data.train, loss="mse", optimizer="sgd(lr=1e-30)", batch_size=64, metrics=["mae"],
                          validation=data.validation, distributed=True, progress=False)  # fmt: skip
        return history, gn.distributed.evaluate(net, data.test), len(data.test)

    (alone, tested, _), *_ = load(1, work, path=path, time="a", validation=0.2)
    shared = load(4, work, path=path, time="a", validation=0.2)
    if path.endswith("parquet"):
        assert [size > 0 for *_, size in shared] == [False, False, False, True]
    for history, figures, _ in shared:
        for name in ("loss", "mean_absolute_error", "val_loss"):
            assert history[name] == pytest.approx(alone[name], rel=1e-5)
        assert figures == pytest.approx(tested, rel=1e-5)


def test_more_ranks_than_pieces_have_all_rows(load, tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{row},{row % 7}.5\n" for row in range(60)))

    def work(data):
        net = gn.Network("dense(1)")
        net.fit(data.train, loss="mse", optimizer="adam", batch_size=16, epochs=2, distributed=True, progress=False)
        return len(data.train), net.flat_parameters.tobytes()

    shared = load(4, work, path=str(tmp_path / "t.csv"))
    assert sum(size for size, _ in shared) == load(1, work, path=str(tmp_path / "t.csv"))[0][0]
    assert len({parameters for _, parameters in shared}) == 1


def test_balanced_classes_are_those_of_all_ranks(load, tmp_path):
    # The second half of the rows has the rare class alone.
    kinds = ["often"] * 750 + ["rare"] * 250
    polars.DataFrame({"a": np.arange(1000.0), "y": kinds}).write_parquet(tmp_path / "t.parquet", row_group_size=50)
    seen = []

    class Weights(gn.Callback):
        """Keeps the weights of the classes."""

        def on_run_start(self, run):
            seen.append(run.config.class_weights.by_class)

    def work(data):
        gn.Network("dense(2) softmax").fit(data.train, loss="cce", optimizer="sgd", class_weight="balanced",
                                           callbacks=[Weights()], distributed=True, progress=False)  # fmt: skip
        return np.asarray(data.train.y)

    labels = np.concatenate(load(2, work, path=str(tmp_path / "t.parquet")))
    expected = {kind: len(labels) / (2 * np.sum(labels == kind)) for kind in (0, 1)}
    assert seen[0] == seen[1] == pytest.approx(expected)
