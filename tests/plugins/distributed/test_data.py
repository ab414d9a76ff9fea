"""Each rank reads its part of the data, and no more."""

import numpy as np
import polars
import pytest

import glassnet as gn
from glassnet_dataloaders.batches import Batches

X = np.arange(23 * 4, dtype=np.float32).reshape(23, 4)
Y = np.arange(23) % 2


class Seen(gn.Callback):
    """Keeps the first column of each batch that counts."""

    rows: object = gn.option(help="where to keep them")

    def on_batch_start(self, run):
        weight = 0 if getattr(run.data, "is_idle", False) else 1
        self.rows.append(run.lent_batch[0][:, 0].tolist() if weight else [])


def batches_of(share, size, x, y=None, epochs=1, batch_size=None, **options):
    """Return the first column of the batches of each rank."""

    def work(ranks):
        rows = []
        net = gn.Network("dense(2) softmax")
        net.fit(x, y, loss="cce", optimizer="sgd(lr=1e-30)", batch_size=batch_size, epochs=epochs, progress=False,
                distributed=True, callbacks=[Seen(rows)], **options)  # fmt: skip
        return rows

    return share(size, work)


def rows_of(batches):
    return sorted(value for batch in batches for value in batch)


ALL = sorted(X[:, 0].tolist())


def test_the_ranks_share_the_order_of_one_process(share):
    alone = batches_of(share, 1, X, Y, batch_size=8)[0]
    one, other = batches_of(share, 2, X, Y, batch_size=4)
    assert [a + b for a, b in zip(one, other, strict=True)] == alone
    assert [len(batch) for batch in one] == [4, 4, 3]


def test_arrays_on_disk_are_read_by_stretches(share, tmp_path):
    np.save(tmp_path / "x.npy", X)
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    one, other = batches_of(share, 2, x, Y, batch_size=4, epochs=2)
    assert rows_of(one) == sorted(X[:11, 0].tolist() * 2)
    assert rows_of(other) == sorted(X[11:, 0].tolist() * 2)
    assert one[:3] != one[3:]  # each epoch has an order of its own


class Counting:
    """An array of a library such as h5py that notes which rows are read."""

    def __init__(self, array):
        self.array, self.read = array, set()
        self.shape, self.dtype, self.ndim, self.chunks = array.shape, array.dtype, array.ndim, (4, 4)

    def __len__(self):
        return len(self.array)

    def __getitem__(self, chosen):
        self.read |= set(np.arange(len(self.array))[chosen].ravel().tolist())
        return self.array[chosen]


def test_a_rank_reads_no_rows_of_others(share):
    arrays = [Counting(X.repeat(100, axis=0)) for _ in range(2)]
    y = Y.repeat(100)

    def work(ranks):
        net = gn.Network("dense(2) softmax")
        net.fit(arrays[ranks.rank], y, loss="cce", optimizer="sgd", batch_size=50, progress=False, distributed=True,
                validation=(arrays[ranks.rank], y))  # fmt: skip

    share(2, work)
    own = [set(range(1150)), set(range(1150, 2300))]
    # Where the kind of the inputs is told from a few rows at the beginning, all ranks look at these.
    assert arrays[0].read == own[0]
    assert len(arrays[1].read - own[1]) <= 1000
    assert min(arrays[1].read - own[1], default=0) == 0


@pytest.mark.parametrize("form", ["list", "function", "length", "generator"])
def test_batches_are_dealt_out(share, form):
    parts = [(X[i : i + 4], Y[i : i + 4]) for i in range(0, 23, 4)][:5]
    given = {
        "list": lambda: parts,
        "function": lambda: lambda epoch: iter(parts),
        "length": lambda: Batches(lambda epoch: iter(parts), steps_per_epoch=5),
        "generator": lambda: (each for each in parts),
    }[form]
    one, other = share(2, lambda ranks: _batches(given(), ranks))
    firsts = [part[0][0, 0] for part in parts]
    assert [batch[0] for batch in one] == firsts[::2]
    assert [batch[0] for batch in other if batch] == firsts[1::2]
    assert len(one) == len(other) == 3


def _batches(source, ranks):
    rows = []
    gn.Network("dense(2) softmax").fit(
        source, loss="cce", optimizer="sgd", progress=False, distributed=True, callbacks=[Seen(rows)]
    )
    return rows


def test_batches_of_a_list_that_belong_to_others_are_not_looked_at(share):
    class Broken:
        """Raises when it is read."""

        def __iter__(self):
            raise AssertionError("read")

    parts = [(X[:4], Y[:4]), (X[4:8], Y[4:8])]
    shared = [[parts[0], Broken()], [(X[:4], Y[:4]), parts[1]]]
    one, _ = share(2, lambda ranks: _batches(shared[ranks.rank], ranks))
    assert len(one) == 1


def test_too_few_batches_are_refused_in_one_sentence(share):
    with pytest.raises(gn.DataError, match="1 batches cannot be divided into 2 parts"):
        batches_of(share, 2, [(X, Y)])


def test_a_source_may_read_its_own_part(share, tmp_path):
    """Row groups of a Parquet file: a rank reads those whose number is its own."""
    import pyarrow.parquet as pq

    polars.DataFrame({"a": X[:20, 0], "y": Y[:20].astype(np.float32)}).write_parquet(
        tmp_path / "t.parquet", row_group_size=4
    )
    read = [[], []]

    def batches(epoch, rank, ranks):
        file = pq.ParquetFile(tmp_path / "t.parquet")
        for group in range(rank, file.num_row_groups, ranks):
            table = file.read_row_group(group)
            read[rank].append(group)
            yield table["a"].to_numpy()[:, None], table["y"].to_numpy()[:, None]

    def work(ranks):
        net = gn.Network("dense(1)")
        return net.fit(batches, loss="mse", optimizer="sgd(lr=1e-4)", epochs=2, progress=False, distributed=True)

    one, other = share(2, work)
    assert one.epochs == other.epochs
    assert set(read[0]) == {0, 2, 4}
    assert set(read[1]) == {1, 3}


def test_the_step_of_uneven_sources_counts_each_sample_once(share):
    def batches(epoch, rank, ranks):
        for start in range(0, 8 if rank else 20, 4):
            yield X[start : start + 4] * 0 + 1, X[start : start + 4, :1] * 0 + rank

    def work(ranks):
        net = gn.Network("dense(1, weight_init=zeros)")
        return net.fit(
            batches, loss="mse", optimizer="sgd(lr=1e-30)", metrics=["mae"], progress=False, distributed=True
        )

    one, other = share(2, work)
    # 20 targets of 0 and 8 of 1, and outputs of 0.
    assert one["mean_absolute_error"] == other["mean_absolute_error"] == [pytest.approx(8 / 28)]
    assert one["loss"] == [pytest.approx(8 / 28)]


def test_work_on_items_is_divided_and_comes_back_in_order(share, monkeypatch):
    from glassnet_distributed import division, requested

    monkeypatch.setattr(division, "communicator", lambda: requested.communicator())
    done = share(3, lambda ranks: _noted(ranks.rank))
    assert [results for results, _ in done] == [[item * item for item in range(7)]] * 3
    assert [mine for _, mine in done] == [[0, 3, 6], [1, 4], [2, 5]]


def _noted(rank):
    mine = []
    return gn.distributed.divided(lambda item: mine.append(item) or item * item, range(7)), mine
