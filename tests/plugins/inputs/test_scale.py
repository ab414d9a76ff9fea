"""A network warns of samples on another scale than those of its training, and does not of those that are unusual."""

import warnings

import numpy as np
import pytest

import glassnet as gn
from glassnet_inputs.scale import Scale

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 6, 5, 1)) * (RNG.random((40, 6, 5, 1)) < 0.3)  # mostly black, as digits are
LABELS = (IMAGES.mean(axis=(1, 2, 3)) > IMAGES.mean()).astype(int)
FORMS = {
    "0..1": IMAGES / 255,
    "-1..1": IMAGES / 127.5 - 1,
    "0..255": IMAGES.astype(np.float32),
    "standardized": (IMAGES - IMAGES.mean()) / IMAGES.std(),
    "0..16": IMAGES / 16,
}
FIT = {"loss": "cce", "optimizer": "adam(lr=0.05)", "epochs": 1, "progress": False}
MESSAGE = "has numbers from .* to .*, and the network was trained on numbers from .* to .*; scale .* as the samples"


def trained(x, y=LABELS, layers="flatten dense(2) softmax", **options):
    net = gn.Network(layers)
    net.fit(x, y, **{**FIT, **options})
    return net


@pytest.fixture
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("wide", [False, True], ids=["images", "rows"])
@pytest.mark.parametrize(
    ("training", "later"),
    [
        ("0..1", "0..255"),
        ("0..255", "0..1"),
        ("0..1", "0..16"),
        ("0..16", "0..1"),
        ("0..1", "-1..1"),
        ("-1..1", "0..1"),
        ("-1..1", "0..255"),
        ("0..255", "-1..1"),
        ("standardized", "0..1"),
        ("0..1", "standardized"),
        ("standardized", "0..255"),
        ("0..255", "standardized"),
    ],
)
def test_the_same_pixels_on_another_scale_are_warned_of(training, later, wide):
    shape = (40, 30) if wide else (40, 6, 5, 1)
    net, x = trained(FORMS[training].reshape(shape)), FORMS[later].reshape(shape)
    with pytest.warns(gn.GlassnetWarning, match=f"^x {MESSAGE}"):
        net.predict(x)


@pytest.mark.parametrize("later", [0, 1, 39])
def test_one_image_on_another_scale_is_enough(later):
    with pytest.warns(gn.GlassnetWarning, match=MESSAGE):
        trained(FORMS["0..1"]).predict(FORMS["0..255"][later][np.newaxis])


@pytest.mark.parametrize("form", FORMS)
def test_images_on_the_scale_of_the_training_are_not(form, no_warning):
    net = trained(FORMS[form], validation=0.25)
    net.predict(FORMS[form][:3])
    net.predict(FORMS[form][:1].astype(np.float32))
    net.evaluate(FORMS[form], LABELS)
    net.predict(np.full((1, 6, 5, 1), FORMS[form].min()))  # a black image


USES = {
    "predict": lambda net, x: net.predict(x),
    "evaluate": lambda net, x: net.evaluate(x, LABELS),
    "batches": lambda net, x: net.evaluate([(x, LABELS), (x, LABELS)]),
    "trace": lambda net, x: net.trace(x[:2], LABELS[:2], "cce"),
}


@pytest.mark.parametrize("use", USES)
def test_every_use_of_a_network_warns_and_does_so_once(use):
    net = trained(FORMS["0..1"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            USES[use](net, FORMS["0..255"])
    assert sum("was trained on numbers" in str(each.message) for each in caught) == 1


def test_batches_that_grow_are_not_compared_with_the_first_of_them(no_warning):
    x = np.linspace(0.001, 3, 60)[:, np.newaxis]
    batches = [(x[rows], np.arange(10) % 2) for rows in np.split(np.arange(60), 6)]
    trained(batches, None, "dense(2) softmax", epochs=2)


def test_a_network_remembers_all_batches_of_its_training(no_warning):
    x = np.linspace(0.001, 50, 60)[:, np.newaxis]
    batches = [(x[rows], np.arange(10) % 2) for rows in np.split(np.arange(60), 6)]
    net = trained(batches, None, "dense(2) softmax")
    assert (net.inputs.scale.lowest, net.inputs.scale.highest) == (0.001, 50)
    net.predict(x[-10:])


def test_a_network_remembers_what_a_later_training_was_on(tmp_path, no_warning):
    net = trained(FORMS["0..1"])
    net.fit(FORMS["0..255"], LABELS, **FIT)
    net.save(tmp_path / "net.safetensors")
    gn.load(tmp_path / "net.safetensors").predict(FORMS["0..255"])


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_samples_that_are_refused_are_not_remembered(wrong):
    net = trained(FORMS["0..1"])
    remembered = net.inputs.scale
    with pytest.raises(gn.DataError, match="x has"):
        net.fit(np.full((40, 6, 5, 1), wrong), LABELS, **FIT)
    assert net.inputs.scale == remembered
    with pytest.raises(gn.DataError, match="y has"):
        net.fit(FORMS["0..255"], np.full((40, 2), wrong), **FIT)
    assert net.inputs.scale == remembered


def test_sorted_samples_in_a_file_have_one_scale(tmp_path, no_warning, monkeypatch):
    monkeypatch.setattr("glassnet_dataloaders.memmap.BLOCK_BYTES", 96)
    np.save(tmp_path / "x.npy", np.linspace(0.001, 3, 600)[:, np.newaxis])
    net = trained(np.load(tmp_path / "x.npy", mmap_mode="r"), np.arange(600) % 2, "dense(2) softmax")
    assert net.inputs.scale.highest > 2.7
    net.predict(np.load(tmp_path / "x.npy", mmap_mode="r"))


def test_validation_data_on_another_scale_are_warned_of_by_name():
    with pytest.warns(gn.GlassnetWarning, match=f"^validation x {MESSAGE}"):
        trained(FORMS["0..1"], validation=(FORMS["0..255"], LABELS))


def test_the_message_has_both_ranges():
    net = trained(np.array([[0.0, 0.5], [1.0, 0.25]]), [0, 1])
    with pytest.warns(gn.GlassnetWarning, match="x has numbers from 40 to 90, and .* numbers from 0 to 1; scale x as"):
        net.predict([[40.0, 90.0]])


@pytest.mark.parametrize("how", ["copied", "saved", "continued"])
def test_the_scale_is_kept_with_the_network(how, tmp_path):
    net = trained(FORMS["0..1"], folder=tmp_path / "run")
    if how == "copied":
        net = net.copy()
    elif how == "saved":
        net.save(tmp_path / "m.safetensors")
        net = gn.load(tmp_path / "m.safetensors")
    else:
        net = gn.Network("flatten dense(2) softmax")
        net.fit(FORMS["0..1"], LABELS, **{**FIT, "epochs": 2}, resume_from=tmp_path / "run")
    assert net.inputs.scale == Scale.of(FORMS["0..1"])
    with pytest.warns(gn.GlassnetWarning, match=MESSAGE):
        net.predict(FORMS["0..255"])


TABLE = RNG.normal(size=(200, 5))
OUTLIERS = TABLE.copy()
OUTLIERS[::7, 2] = 1e6
WIDE = RNG.normal(5, 2, size=(200, 10))
STANDARDIZED = (WIDE - WIDE.mean(axis=0)) / WIDE.std(axis=0)


@pytest.mark.parametrize(
    ("training", "later"),
    [
        (TABLE, OUTLIERS),
        (OUTLIERS, TABLE),
        (OUTLIERS[:, :1] ** 2, OUTLIERS[:, :1]),
        (TABLE, TABLE[:1] / 100),
        (TABLE, TABLE * 3),
        (RNG.random((200, 5)), RNG.random((20, 5)) * 2 - 0.5),
        (np.linspace(0, 1, 50)[:, np.newaxis], np.linspace(-1, 2, 90)[:, np.newaxis]),
        (np.linspace(50, 60, 50)[:, np.newaxis], np.array([[0.01]])),
        (np.eye(20)[RNG.integers(0, 20, 100)], np.eye(20)[:1]),
        (RNG.exponential(size=(100, 3)), RNG.exponential(size=(1, 3)) * 3),
        (np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0.01, 0.02]])),
        (np.ones((5, 3)), np.zeros((5, 3))),
        (np.zeros((5, 3)), np.ones((5, 3)) * 100),
        (RNG.integers(0, 2, (50, 20)).astype(bool), np.zeros((1, 20), bool)),
        (STANDARDIZED, STANDARDIZED.mean(axis=0, keepdims=True)),
        (STANDARDIZED.astype(np.float32), STANDARDIZED.astype(np.float32).mean(axis=0, keepdims=True)),
    ],
    ids=range(16),
)
def test_unusual_samples_of_tables_are_not_warned_of(training, later, no_warning):
    net = trained(training, np.arange(len(training)) % 2, "dense(2) softmax")
    net.predict(later)


def test_indices_have_no_scale(no_warning):
    net = trained(RNG.integers(1, 4, (30, 8)), np.arange(30) % 2, "embedding(9000, 2) flatten dense(2) softmax")
    assert net.inputs.scale is None
    net.predict(np.full((2, 8), 8999))


def test_the_scale_of_numbers_by_hand():
    assert Scale.of(np.array([[[0.0, -3.0]], [[2.0, 1.0]], [[0.0, 0.0]]])) == Scale(-3.0, 2.0, 2.0, None)
    assert Scale.of(np.array([[-128, 1]], np.int8)) == Scale(-128.0, 1.0, 128.0, True)
    assert Scale.of(np.array([[False, True]])) == Scale(0.0, 1.0, 1.0, False)


def test_forgotten_inputs_are_not_compared(no_warning):
    net = trained(FORMS["0..1"])
    net.inputs = None
    net.predict(FORMS["0..255"])
