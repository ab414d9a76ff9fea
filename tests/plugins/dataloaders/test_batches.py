"""Batches that come one after another: lists, generators, functions, with and without a length, mixed or not."""

import re
from itertools import chain

import numpy as np
import pytest

import glassnet as gn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
ROWS = [slice(0, 6), slice(6, 11), slice(11, 17), slice(17, 20)]
BATCHES = [(X[rows], Y[rows]) for rows in ROWS]
WEIGHTS = RNG.uniform(0.5, 2, 20)
NUMBERED = [(np.arange(20.0)[rows, None], np.arange(20.0)[rows, None]) for rows in ROWS]


class Iterable:
    """Can be read again and again, and has no length."""

    def __iter__(self):
        return iter(BATCHES)


class Look(gn.Callback):
    """Notes what each step is given."""

    seen = []

    def on_run_start(self, run):
        self.seen.clear()

    def on_batch_end(self, run):
        (x, y), w = run.batch, run.sample_weights
        self.seen.append((run.epoch, x.copy(), y.copy(), None if w is None else w.copy()))


def fit(batches, layers="dense(4) tanh dropout(0.2) dense(2) softmax", **options):
    options = {"loss": "cce", "optimizer": "adam(lr=0.05)", "epochs": 2, "seed": 3, **options}
    net = gn.Network(layers)
    history = net.fit(batches, metrics=["accuracy"], **options)
    return net, history


def by_hand(batches, epochs=2):
    """Train on arrays, a whole batch an epoch: `epoch` counts the steps."""
    net = gn.Network(["dense(2, weight_init=zeros)", "softmax"]).build((3,))
    for _ in range(epochs):
        for x, y in batches:
            net.fit(x, y, loss="cce", optimizer="sgd(lr=0.1)", batch_size=100)
    return net.flat_parameters


@pytest.mark.parametrize(
    "batches",
    [
        BATCHES,
        tuple(BATCHES),
        Iterable(),
        [list(batch) for batch in BATCHES],
        [gn.Split(*batch) for batch in BATCHES],
        [(x.tolist(), y.tolist()) for x, y in BATCHES],
        lambda epoch: iter(BATCHES),
        lambda epoch: BATCHES,
        gn.Batches(BATCHES),
        gn.Batches(Iterable(), steps_per_epoch=4),
    ],
)
def test_each_batch_is_a_step(batches):
    net = gn.Network(["dense(2, weight_init=zeros)", "softmax"])
    net.fit(batches, loss="cce", optimizer="sgd(lr=0.1)", epochs=2)
    # The order of the samples in a batch changes the sums by rounding.
    np.testing.assert_allclose(net.flat_parameters, by_hand(BATCHES), rtol=2e-4, atol=1e-6)


def test_batches_are_used_as_they_come():
    fit(BATCHES, callbacks=[Look()])
    for (epoch, x, y, weights), (number, batch) in zip(
        Look.seen, ((n, b) for n in range(2) for b in BATCHES), strict=True
    ):
        assert epoch == number
        assert weights is None
        np.testing.assert_array_equal(x, batch[0])
        np.testing.assert_array_equal(y, batch[1])


def test_bytes_are_pixels():
    pixels = RNG.integers(0, 256, (5, 3, 1), np.uint8)
    fit([(pixels, Y[:5])], "flatten dense(2) softmax", epochs=1, callbacks=[Look()])
    np.testing.assert_allclose(Look.seen[0][1], pixels / 255, rtol=1e-6)


def test_batches_bring_their_weights_and_class_weights_multiply():
    batches = [(x, y, WEIGHTS[rows]) for (x, y), rows in zip(BATCHES, ROWS, strict=True)]
    fit(batches, epochs=1, class_weight={0: 1.0, 1: 3.0}, callbacks=[Look()])
    for (_, _, _, got), rows in zip(Look.seen, ROWS, strict=True):
        np.testing.assert_allclose(got, WEIGHTS[rows] * np.where(Y[rows] == 1, 3.0, 1.0), rtol=1e-12)


def test_a_function_is_told_the_epoch():
    told = []

    def batches(epoch):
        told.append(epoch)
        return [BATCHES[epoch]]

    fit(batches, epochs=3, callbacks=[Look()])
    assert told == [0, 1, 2]
    for (_, x, _, _), batch in zip(Look.seen, BATCHES, strict=False):
        np.testing.assert_array_equal(x, batch[0])


def test_a_generator_lasts_for_one_epoch():
    net, history = fit((batch for batch in BATCHES), epochs=1, callbacks=[Look()])
    assert len(Look.seen) == 4
    assert net.flat_parameters.tobytes() == fit(BATCHES, epochs=1)[0].flat_parameters.tobytes()
    assert len(history["loss"]) == 1


def test_equal_seeds_give_equal_bytes():
    for mixed in (1, 3):
        first, second, other = (
            fit(gn.Batches(BATCHES, shuffle_buffer=mixed), seed=seed)[0].flat_parameters for seed in (1, 1, 2)
        )
        assert first.tobytes() == second.tobytes() != other.tobytes()


@pytest.mark.parametrize("mixed", [2, 3, 4, 100])
def test_mixed_batches_keep_their_sizes_and_exchange_their_samples(mixed):
    options = {"loss": "mse", "optimizer": "sgd(lr=1e-9)", "epochs": 2, "callbacks": [Look()]}
    gn.Network(["dense(1)"]).fit(gn.Batches(NUMBERED, shuffle_buffer=mixed), **options)
    orders = []
    for epoch in range(2):
        batches = [x[:, 0].tolist() for at, x, _, _ in Look.seen if at == epoch]
        assert [len(batch) for batch in batches] == [6, 5, 6, 3]
        for first in range(0, 4, mixed):
            together = chain(*batches[first : first + mixed])
            expected = np.concatenate([x for x, _ in NUMBERED[first : first + mixed]])[:, 0].tolist()
            assert sorted(together) == expected
        orders.append(list(chain(*batches)))
    assert orders[0] != orders[1]
    assert orders[0] != sorted(orders[0])
    assert all(np.array_equal(x, y) for _, x, y, _ in Look.seen)


def test_mixed_batches_may_share_an_array_and_need_not_all_have_weights():
    def refilled(epoch):
        x = np.empty((2, 1))
        for number in range(4):
            x[:] = number
            yield (x, x) if number % 2 else (x, x, [2.0, 2.0])

    options = {"loss": "mse", "optimizer": "sgd(lr=1e-9)", "callbacks": [Look()]}
    gn.Network(["dense(1)"]).fit(gn.Batches(refilled, shuffle_buffer=4), **options)
    x, weights = (np.concatenate([each[i] for each in Look.seen]) for i in (1, 3))
    assert sorted(x[:, 0]) == [0, 0, 1, 1, 2, 2, 3, 3]
    np.testing.assert_array_equal(weights, np.where(x[:, 0] % 2, 1.0, 2.0))


@pytest.mark.parametrize("mixed", [1, 3])
@pytest.mark.parametrize("function", [False, True])
def test_a_run_broken_off_after_any_step_ends_in_the_same_bytes(tmp_path, mixed, function):
    class Break(gn.Callback):
        after: int = gn.option()

        @gn.run_hookimpl(trylast=True)
        def on_batch_end(self, run):
            if run.step == self.after:
                run.save_state()
                raise KeyboardInterrupt

    def source():
        given = (
            (lambda epoch: (BATCHES[i] for i in np.random.default_rng(epoch).permutation(4))) if function else BATCHES
        )
        return gn.Batches(given, shuffle_buffer=mixed)

    whole, _ = fit(source())
    for after in range(1, 9):
        folder = tmp_path / str(after)
        with pytest.raises(KeyboardInterrupt):
            fit(source(), callbacks=[Break(after)], folder=folder)
        continued, _ = fit(source(), resume_from=folder)
        assert continued.flat_parameters.tobytes() == whole.flat_parameters.tobytes()


def test_a_run_is_not_continued_with_other_batches(tmp_path):
    fit(gn.Batches(BATCHES, shuffle_buffer=2), folder=tmp_path / "run")
    with pytest.raises(gn.ResumeError, match="has batches mixed=2, and this one 3"):
        fit(gn.Batches(BATCHES, shuffle_buffer=3), resume_from=tmp_path / "run")
    with pytest.raises(gn.ResumeError, match="has batches=4, and this one 3"):
        fit(gn.Batches(BATCHES[:3], shuffle_buffer=2), resume_from=tmp_path / "run")


def test_schedules_know_the_run_where_batches_have_a_length():
    asked = []

    class Spy(gn.Schedule):
        def lr(self, step, total_steps, base_lr):
            asked.append((step, total_steps))
            return base_lr

    for batches in (BATCHES, gn.Batches(Iterable(), steps_per_epoch=4)):
        asked.clear()
        fit(batches, schedule=Spy())
        assert asked == [(step, 8) for step in range(8)]


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", "exponential", "warmup(cosine, steps=2)"])
def test_a_schedule_that_needs_a_length_is_refused_without(schedule, tmp_path):
    with pytest.raises(
        gn.OptionError, match=r"needs the number of steps.*no len\(\).*gn\.Batches\(…, steps_per_epoch=…\)"
    ):
        fit(Iterable(), schedule=schedule, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("schedule", ["constant", "step(2)", "warmup(constant, steps=2)"])
def test_a_schedule_that_needs_no_length_takes_what_comes(schedule):
    counted, _ = fit(BATCHES, schedule=schedule)
    uncounted, _ = fit(Iterable(), schedule=schedule)
    assert uncounted.flat_parameters.tobytes() == counted.flat_parameters.tobytes()


def test_so_many_batches_are_taken_of_a_source_without_end():
    def endless(epoch):
        while True:
            yield from BATCHES

    fit(gn.Batches(endless, steps_per_epoch=6), callbacks=[Look()])
    assert len(Look.seen) == 12


def test_evaluate_is_that_of_the_arrays():
    net, _ = fit(BATCHES)
    whole = net.evaluate(X, Y)
    for batches in (BATCHES, iter(BATCHES), lambda epoch: iter(BATCHES), gn.Batches(BATCHES)):
        assert net.evaluate(batches) == pytest.approx(whole, rel=1e-6)
    weighted = net.evaluate([(x, y, WEIGHTS[rows]) for (x, y), rows in zip(BATCHES, ROWS, strict=True)])
    assert weighted == pytest.approx(net.evaluate(gn.Split(X, Y, WEIGHTS)), rel=1e-6)


@pytest.mark.parametrize("validation", [BATCHES, Iterable(), lambda epoch: iter(BATCHES), gn.Batches(BATCHES)])
def test_validation_can_be_batches_for_arrays_and_batches(validation):
    for data in (BATCHES, gn.Split(X, Y)):
        net, history = fit(data, validation=validation)
        assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-6)
        assert history["val_accuracy"][-1] == pytest.approx(net.evaluate(X, Y)["accuracy"], rel=1e-6)


def test_a_dataloader_of_pytorch_gives_batches():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    loader = torch.utils.data.DataLoader(data, batch_size=6)
    loaded, _ = fit(loader, schedule="cosine")
    listed, _ = fit([(X[start : start + 6], Y[start : start + 6]) for start in range(0, 20, 6)], schedule="cosine")
    assert loaded.flat_parameters.tobytes() == listed.flat_parameters.tobytes()


def test_validation_for_batches_can_be_arrays():
    for validation in ((X, Y), [X, Y], gn.Split(X, Y)):
        net, history = fit(BATCHES, validation=validation)
        assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, Y)["loss"], rel=1e-6)


def generator():
    yield from BATCHES


NAN = np.full((2, 3), np.nan)


@pytest.mark.parametrize(
    ("batches", "options", "error", "message"),
    [
        (generator(), {}, gn.DataError, "a generator of batches can be read only once (epochs=2)"),
        (BATCHES, {"validation": generator()}, gn.DataError, "a generator of batches can be read only once"),
        (BATCHES, {"batch_size": 8}, gn.OptionError, "got batch_size=8); leave batch_size out"),
        (BATCHES, {"validation": 0.1}, gn.OptionError, "(got validation=0.1); give validation data"),
        (BATCHES, {"sample_weight": WEIGHTS}, gn.DataError, "give (x, y, weights) instead of sample_weight"),
        (BATCHES, {"class_weight": {0: 1.0}}, gn.DataError, "batch 0: class_weight has no weight for class 1"),
        ([], {}, gn.DataError, "there are no batches"),
        (lambda epoch: BATCHES if epoch == 0 else [], {}, gn.DataError, "epoch 2 has 0 batches"),
        (gn.Batches(Iterable(), steps_per_epoch=5), {}, gn.DataError, "epoch 1 has 4 batches, and not 5"),
        ([X, X], {}, gn.DataError, "x and y are given as one pair; give both"),
        ([*BATCHES, (X, Y, Y, Y)], {}, gn.DataError, "batch 4 is not (x, y) or (x, y, weights) (got tuple)"),
        ([*BATCHES, (X, Y[:3])], {}, gn.DataError, "batch 4: x has 20 samples and y has 3"),
        ([*BATCHES, (NAN, Y[:2])], {}, gn.DataError, "batch 4: x has nan at sample 0, position (0,)"),
        ([(NAN, Y[:2])], {}, gn.DataError, "batch 0: x has nan at sample 0, position (0,)"),
        ([*BATCHES, (X[:, :2], Y)], {}, gn.ShapeError, "batch 4: x: expected (batch, 3), got (20, 2)"),
        ([*BATCHES, (X, Y + 7)], {}, gn.DataError, "batch 4: categorical_crossentropy: label 8"),
        ([*BATCHES, (X[:0], Y[:0])], {}, gn.DataError, "batch 4: x is empty"),
        ([*BATCHES, (X, Y, -WEIGHTS)], {}, gn.DataError, "batch 4: weights must be finite and >= 0"),
        (BATCHES, {"validation": [(X, Y + 7)] * 3}, gn.DataError, "batch 0: validation y: categorical_cross"),
        (gn.Batches([(X, Y), (X, np.eye(2)[Y])], shuffle_buffer=2), {}, gn.ShapeError, "need targets of one form"),
        ([[0, 0], [1, 1]], {}, gn.DataError, "batch 0: x is a single value"),
        (lambda: BATCHES, {}, gn.DataError, "a function of one argument, the number of the epoch: lambda epoch: …"),
        (lambda epoch: None, {}, gn.DataError, "the function of batches returned None; return an iterable"),
        (X, {}, gn.DataError, "got x without y"),
        (7, {}, gn.DataError, "got x without y"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_on_is_refused(batches, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fit(batches, **options)


@pytest.mark.parametrize("options", [{"steps_per_epoch": 0}, {"shuffle_buffer": 0}])
def test_a_length_and_a_number_of_mixed_batches_are_at_least_1(options):
    with pytest.raises(gn.OptionError, match="must be >= 1"):
        gn.Batches(BATCHES, **options)


def test_batches_come_from_somewhere_and_have_their_targets():
    with pytest.raises(gn.DataError, match="come from an iterable, or from a function of one argument"):
        gn.Batches(3)
    with pytest.raises(gn.DataError, match="got batches and also y"):
        gn.Network("dense(2)").fit(gn.Batches(BATCHES), Y, loss="cce", optimizer="sgd")


def test_what_needs_the_length_of_the_run_says_so():
    with pytest.raises(gn.OptionError, match=r"no len\(\)"):
        fit(Iterable(), callbacks=["lr_finder"])


def test_a_first_look_leaves_nothing_behind_once_another_epoch_began():
    """A run that is continued looks at the first batch, and then begins a later epoch."""
    x, y = np.zeros((2, 1)), np.zeros(2)

    def refilled(epoch):
        for number in range(3):
            x[:] = 10 * epoch + number
            yield x, y

    batches = gn.Batches(refilled)
    assert batches.first().x[0, 0] == 0
    assert [batch.x[0, 0] for batch in batches.epoch(1)] == [10, 11, 12]
    assert [batch.x[0, 0] for batch in batches.epoch(0)] == [0, 1, 2]


def test_a_generator_that_was_looked_at_serves_any_epoch():
    batches = gn.Batches((np.full((2, 1), number), np.zeros(2)) for number in range(3))
    batches.first()
    assert [batch.x[0, 0] for batch in batches.epoch(1)] == [0, 1, 2]
