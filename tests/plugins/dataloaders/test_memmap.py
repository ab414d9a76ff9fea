"""Arrays on disk: read by blocks, shuffled by blocks, and otherwise trained on like arrays in memory."""

from itertools import chain

import numpy as np
import pytest

import glassnet as gn
from glassnet_dataloaders import block_shuffle_loader, memmap

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
PIXELS = RNG.integers(0, 256, (50, 4), np.uint8)
LABELS = (X[:, 0] > 0).astype(np.int64)
WEIGHTS = RNG.uniform(0.5, 2, 50)


class Stored:
    """What h5py and zarr give: shape, dtype and chunks, and slices on request, but no len(). Notes what is read."""

    def __init__(self, array, chunk=None):
        self.array = array
        self.shape, self.ndim, self.dtype = array.shape, array.ndim, array.dtype
        self.chunks = None if chunk is None else (chunk, *array.shape[1:])
        self.read = []

    def __array__(self, *_, **__):
        raise AssertionError("loaded as a whole")

    def __getitem__(self, chosen):
        self.read.append(np.arange(len(self.array))[chosen].tolist())
        return self.array[chosen].copy()


@pytest.fixture
def mapped(tmp_path):
    """Return a function that writes an array to a file and maps it."""

    def mapped(array):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
        np.save(path, array)
        return np.load(path, mmap_mode="r")

    return mapped


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 4 samples of `X` with their labels, of which 3 are in the buffer."""
    monkeypatch.setattr(memmap, "BLOCK_BYTES", 4 * (16 + 8 + 16))
    monkeypatch.setattr(block_shuffle_loader, "BUFFER_BYTES", 3 * 4 * (16 + 8 + 16))


class Recorder(gn.Callback):
    """Notes the first input of every sample of every batch."""

    def on_batch_end(self, run):
        seen.append((run.epoch, run.batch[0][:, 0].tolist()))


seen = []


def fit(x, y, layers="dense(6) tanh dropout(0.2) dense(2) softmax", **options):
    options = {"loss": "cce", "optimizer": "adam(lr=0.05)", "epochs": 3, "batch_size": 7, "seed": 3, **options}
    net = gn.Network(layers)
    history = net.fit(x, y, metrics=["accuracy"], **options)
    return net, history


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"validation": 0.3},
        {"validation": 0.3, "sample_weight": WEIGHTS, "class_weight": {0: 1.0, 1: 3.0}},
    ],
)
@pytest.mark.parametrize("x", [X, PIXELS, X.astype(np.float64), X.astype(">f4")], ids=lambda x: x.dtype.str)
@pytest.mark.parametrize("y", [LABELS, np.eye(2)[LABELS]], ids=["labels", "rows"])
def test_a_file_that_fits_into_the_buffer_gives_the_bytes_of_an_array(mapped, x, y, options):
    in_memory, history = fit(x, y, **options)
    for disk in (mapped, Stored):
        on_the_disk, disk_history = fit(disk(x), disk(y), **options)
        assert on_the_disk.flat_parameters.tobytes() == in_memory.flat_parameters.tobytes()
        assert disk_history.to_csv() == history.to_csv()


def test_what_lies_in_a_file_is_recognised(mapped):
    x = mapped(X)
    for part in (x, x[3:], x[:, :2], x.reshape(-1, 2, 2), np.asarray(x), Stored(X)):
        assert memmap.is_on_disk(part)
    for part in (X, x[[1, 2]], x + 1, x.copy(), np.array(x), X[::2]):
        assert not memmap.is_on_disk(part)


@pytest.mark.parametrize("batch_size", [1, 5, 7, 12, 13, 30, 100])
def test_an_epoch_is_every_sample_once_in_full_batches(mapped, small_blocks, batch_size):
    number = np.arange(50, dtype=np.float32)[:, None] * [1, 0, 0, 0]
    x = mapped(number.astype(np.float32))
    seen.clear()
    fit(x, mapped(LABELS), "dense(2) softmax", batch_size=batch_size, callbacks=[Recorder()])
    orders = []
    for epoch in range(3):
        batches = [batch for at, batch in seen if at == epoch]
        order = list(chain(*batches))
        assert sorted(order) == list(range(50))
        assert [len(batch) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
        assert len(batches) == -(-50 // batch_size)
        orders.append(order)
    assert orders[0] != orders[1] != orders[2]


def test_samples_are_mixed_across_the_blocks_in_the_buffer(mapped, small_blocks):
    number = (np.arange(48)[:, None] * [1, 0, 0, 0]).astype(np.float32)
    seen.clear()
    fit(mapped(number), mapped(LABELS[:48]), "dense(2) softmax", batch_size=12, epochs=20, callbacks=[Recorder()])
    neighbours = set()
    for _, batch in seen:
        # 12 samples fill the buffer: these are 3 whole blocks of 4, in another order than that of the file.
        blocks = {int(sample) // 4 for sample in batch}
        assert len(blocks) == 3
        assert sorted(batch) == [4 * block + row for block in sorted(blocks) for row in range(4)]
        assert batch != sorted(batch)
        neighbours.add(frozenset(blocks))
    # 4 bufferfuls an epoch, 20 epochs, and 220 ways to choose 3 blocks of 12: few are the same by chance.
    assert len(neighbours) > 50


def test_a_file_is_read_in_blocks_and_never_more_than_the_buffer(small_blocks):
    x, y = Stored(X), Stored(LABELS)
    net = gn.Network("dense(2) softmax").build((4,))
    loader = net.loader(gn.Split(x, y), gn.losses.cce())
    assert list(chain(*x.read)) == list(chain(*y.read)) == list(range(50))  # once, to look at all
    x.read.clear()
    batches = loader.epoch_batches(5, seed=0, epoch=0)
    next(batches)
    assert [len(rows) for rows in x.read] in ([4, 4, 4], [2, 4, 4], [4, 2, 4], [4, 4, 2])
    assert all(rows == list(range(rows[0], rows[-1] + 1)) for rows in x.read)
    assert x.read == sorted(x.read)
    list(batches)
    assert sorted(chain(*x.read)) == list(range(50))


def test_a_block_is_of_whole_chunks():
    assert memmap.rows_of_a_block(Stored(X, chunk=7)) % 7 == 0
    assert memmap.rows_of_a_block(Stored(np.zeros((9, 1 << 20)), chunk=1)) == 1
    uneven = Stored(np.zeros((9, 1 << 20)))
    uneven.chunks = ((5, 4), (1 << 20,))
    assert memmap.rows_of_a_block(uneven) == 5
    assert memmap.rows_of_a_block(np.zeros((5000, 252), np.float32)) == 1024


def test_part_of_a_file_is_held_out_without_reading_it(small_blocks):
    number = (np.arange(50)[:, None] * [1, 0, 0, 0]).astype(np.float32)
    x = Stored(number)
    seen.clear()
    _, history = fit(x, Stored(LABELS), "dense(2) softmax", validation=0.2, callbacks=[Recorder()])
    trained = {epoch: sorted(chain(*(batch for at, batch in seen if at == epoch))) for epoch in range(3)}
    assert trained[0] == trained[1] == trained[2]
    assert len(set(trained[0])) == 40
    # At most 16 blocks of 96 bytes, of rows that take 32 each.
    assert max(map(len, x.read)) <= 48
    # The samples are those that an array in memory would hold out.
    seen.clear()
    fit(number, LABELS, "dense(2) softmax", validation=0.2, callbacks=[Recorder()])
    assert sorted(chain(*(batch for at, batch in seen if at == 0))) == trained[0]
    assert len(history["val_loss"]) == 3


@pytest.mark.parametrize("every", [1, 3, 40])
def test_rows_of_a_file_are_those_that_were_picked(small_blocks, every):
    values = np.arange(1000).reshape(500, 2)
    indices = np.arange(3, 500, every)
    rows = memmap.Rows(Stored(values), indices)
    assert rows.shape == (len(indices), 2)
    for chosen in (slice(0, 4), slice(2, 300), slice(None)):
        np.testing.assert_array_equal(rows[chosen], values[indices[chosen]])


@pytest.mark.parametrize("batch_size", [5, 12])
def test_a_run_broken_off_after_any_step_ends_in_the_same_bytes(mapped, small_blocks, tmp_path, batch_size):
    class Break(gn.Callback):
        after: int = gn.option()

        @gn.run_hookimpl(trylast=True)
        def on_batch_end(self, run):
            if run.step == self.after:
                run.save_state()
                raise KeyboardInterrupt

    x, y = mapped(X), mapped(LABELS)
    whole, _ = fit(x, y, epochs=2, batch_size=batch_size)
    steps = 2 * -(-50 // batch_size)
    for after in range(1, steps + 1):
        folder = tmp_path / f"run{after}"
        with pytest.raises(KeyboardInterrupt):
            fit(x, y, epochs=2, batch_size=batch_size, callbacks=[Break(after)], folder=folder)
        continued, _ = fit(x, y, epochs=2, batch_size=batch_size, resume_from=folder)
        assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()


def test_a_run_on_a_file_is_not_continued_in_memory(mapped, small_blocks, tmp_path):
    fit(mapped(X), mapped(LABELS), folder=tmp_path / "run")
    with pytest.raises(gn.ResumeError, match="samples a block"):
        fit(X, LABELS, resume_from=tmp_path / "run")


def test_evaluate_and_predict_give_what_they_give_in_memory(mapped, small_blocks):
    net, _ = fit(X, LABELS)
    out = np.lib.format.open_memmap(mapped(np.zeros((50, 2), np.float32)).filename, mode="r+")
    for x, y in ((mapped(X), mapped(LABELS)), (Stored(X), Stored(LABELS)), (mapped(X), LABELS)):
        assert net.evaluate(x, y) == net.evaluate(X, LABELS)
        np.testing.assert_array_equal(net.predict(x), net.predict(X))
        out[:] = 0
        assert net.predict(x, out=out) is out
        np.testing.assert_array_equal(out, net.predict(X))


def test_outputs_go_only_into_an_array_of_their_shape():
    net, _ = fit(X, LABELS)
    with pytest.raises(gn.ShapeError, match=r"out has shape \(50,\); give an array of shape \(50, 2\)"):
        net.predict(X, out=np.empty(50))


def test_what_is_not_finite_is_found_before_training(mapped, small_blocks):
    x = X.copy()
    x[33, 2] = np.nan
    net = gn.Network("dense(2) softmax").build((4,))
    before = net.flat_parameters.copy()
    for disk in (mapped, Stored):
        with pytest.raises(gn.DataError, match=r"^x has nan at sample 33, position \(2,\)"):
            net.fit(disk(x), disk(LABELS), loss="cce", optimizer="sgd")
        with pytest.raises(gn.DataError, match=r"^x has nan at sample 33"):
            net.predict(disk(x))
    np.testing.assert_array_equal(net.flat_parameters, before)


def test_weights_may_stay_in_their_file(mapped, small_blocks):
    first, _ = fit(mapped(X), mapped(LABELS), sample_weight=WEIGHTS, validation=0.2)
    second, _ = fit(gn.Split(mapped(X), mapped(LABELS), mapped(WEIGHTS)), None, validation=0.2)
    assert first.flat_parameters.tobytes() == second.flat_parameters.tobytes()


def test_targets_that_do_not_fit_are_found_before_training(mapped, small_blocks):
    y = LABELS.copy()
    y[33] = 7
    net = gn.Network("dense(2) softmax").build((4,))
    with pytest.raises(gn.DataError, match=r"^samples 32 to 35, counted from 32: .*label 7 at sample 1"):
        net.fit(mapped(X), mapped(y), loss="cce", optimizer="sgd")
    with pytest.raises(gn.DataError, match=r"no weight for class 1"):
        net.fit(mapped(X), mapped(LABELS), loss="cce", optimizer="sgd", class_weight={0: 1.0})
    with pytest.raises(gn.ShapeError, match=r"expected \(batch, 4\), got \(50, 3\)"):
        net.fit(mapped(X[:, :3]), mapped(LABELS), loss="cce", optimizer="sgd")
