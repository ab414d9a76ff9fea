"""``gn.sweep``: networks, arrays and datasets from Python."""

import numpy as np
import pytest

import glassnet as gn

LAYERS = "dense(6) tanh dropout(0.1) dense(2) softmax"
TRAINED = {"loss": "cce", "optimizer": "adam", "epochs": 3, "seed": 4, "progress": False}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 5)).astype(np.float32)
    return x, (x[:, 0] > 0).astype(np.int64)


def test_a_trial_is_the_network_that_fit_makes(data):
    found = gn.sweep(LAYERS, *data, vary={"lr": [0.1, 0.01], "rate": [0.0, 0.5]}, **TRAINED)
    by_hand = gn.Network("dense(6) tanh dropout(0.5) dense(2) softmax")
    history = by_hand.fit(*data, **{**TRAINED, "optimizer": "adam(lr=0.1)"})
    assert found.trials[1].settings == {"lr": 0.1, "rate": 0.5}
    assert np.array_equal(found.load(1).flat_parameters, by_hand.flat_parameters)
    assert found.trials[1].figures == history.epochs[-1]
    assert found.history(1) == history.epochs


def test_a_function_makes_the_network_of_its_settings(data):
    def deep(depth, units=3):
        return gn.Network([*[f"dense({units})", "tanh"] * depth, "dense(2)", "softmax"])

    found = gn.sweep(deep, *data, vary={"depth": [1, 3], "lr": [0.1, 0.2]}, jobs=2, backend="threading", **TRAINED)
    assert [len(found.load(number).layers) for number in range(4)] == [4, 4, 8, 8]
    by_hand = deep(3)
    by_hand.fit(*data, **{**TRAINED, "optimizer": "adam(lr=0.2)"})
    assert np.array_equal(found.load(3).flat_parameters, by_hand.flat_parameters)


def test_a_network_stays_as_it_is(data):
    network = gn.Network(LAYERS)
    network.fit(*data, loss="cce", optimizer="sgd", progress=False)
    before = network.flat_parameters.copy()
    gn.sweep(network, *data, vary={"lr": [0.1, 0.01]}, **TRAINED)
    assert np.array_equal(network.flat_parameters, before)


def test_a_dataset_brings_recipe_and_test_data():
    found = gn.sweep(None, "xor", vary={"lr": [0.001, 0.3]}, epochs=30, progress=False)
    assert found.best.settings == {"lr": 0.3}
    assert found.load().evaluate(gn.datasets.xor().load().test)["accuracy"] == found.best.test["accuracy"]


def test_a_frame_has_a_row_for_each_trial_and_notebooks_get_charts(data):
    found = gn.sweep(LAYERS, *data, vary=["batch_size=16,32,64"], metrics=["accuracy"], validation=0.25, **TRAINED)
    frame = found.to_frame()
    assert list(frame["batch_size"]) == [16, 32, 64]
    assert list(frame["val_loss"]) == [each.figures["val_loss"] for each in found.trials]
    assert frame["val_loss"].idxmin() == found.best.number
    assert "<svg" in found._repr_html_()
    assert "best val_loss" in repr(found)


def test_validation_data_and_weights_reach_fit(data):
    x, y = data
    held = (x[:20], y[:20])
    found = gn.sweep(LAYERS, x, y, vary={"lr": [0.1, 0.2]}, validation=held, class_weight={0: 1, 1: 5}, **TRAINED)
    by_hand = gn.Network(LAYERS)
    by_hand.fit(x, y, validation=held, class_weight={0: 1, 1: 5}, **{**TRAINED, "optimizer": "adam(lr=0.1)"})
    assert np.array_equal(found.load(0).flat_parameters, by_hand.flat_parameters)


def test_double_precision(data):
    found = gn.sweep(LAYERS, *data, vary={"lr": [0.1, 0.2]}, dtype="float64", **TRAINED)
    assert found.load().dtype == np.float64


def test_a_sweep_that_was_broken_off_goes_on(data, tmp_path):
    class Break(gn.Callback):
        def on_epoch_end(self, run):
            if run.options.optimizer.lr == 0.02 and not (tmp_path / "again").exists():
                (tmp_path / "again").touch()
                raise KeyboardInterrupt

    with gn.registered("callback", "break_once", Break):
        asked = {"vary": {"lr": [0.01, 0.02, 0.03]}, "callbacks": ["break_once"], "folder": tmp_path / "s", **TRAINED}
        with pytest.raises(KeyboardInterrupt):
            gn.sweep(LAYERS, *data, **asked)
        with pytest.raises(gn.FileError, match="go on with it by resume=True"):
            gn.sweep(LAYERS, *data, **asked)
        found = gn.sweep(LAYERS, *data, **asked, resume=True)
        with pytest.raises(gn.ResumeError, match="seed"):
            gn.sweep(LAYERS, *data, **{**asked, "seed": 5}, resume=True)
    whole = gn.sweep(LAYERS, *data, vary={"lr": [0.01, 0.02, 0.03]}, **TRAINED)
    assert [each.figures for each in found.trials] == [each.figures for each in whole.trials]


def test_a_strategy_of_the_user(data):
    class Backwards(gn.Strategy):
        """The grid from its end."""

        def propose(self, study):
            left = study.space.grid_count - len(study.trials)
            return study.space.grid_at(left - 1) if left else None

    with gn.registered("strategy", "backwards", Backwards):
        found = gn.sweep(LAYERS, *data, vary={"lr": [0.1, 0.2, 0.3]}, strategy="backwards", **TRAINED)
    assert [each.settings["lr"] for each in found.trials] == [0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"vary": {}}, "nothing varies"),
        ({"vary": {"lr": 0.1}}, "give a list"),
        ({"vary": {"lrr": [1, 2]}}, "did you mean 'lr'"),
        ({"vary": {"lr": [0.1, 0.2]}, "jobs": 0}, "jobs is the number of trainings at a time"),
        ({"vary": {"lr": [0.1, 0.2]}, "batchsize": 3}, "sweep has no option 'batchsize', did you mean 'batch_size'"),
        ({"vary": {"lr": [0.1, 0.2]}, "mode": "best"}, "mode must be one of"),
        ({"vary": {"layers[3].units": [2, 3], "dense[0].units": [0, 2]}}, "units must be >= 1"),
    ],
)
def test_a_wrong_request_is_told(data, asked, told):
    with pytest.raises(gn.GlassnetError, match=told):
        gn.sweep(LAYERS, *data, **{**TRAINED, **asked})
