"""What a network remembers of its inputs: bytes that are pixels, bytes that are not, and the names of columns."""

from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
from glassnet_inputs.inputs import Inputs

FORMATS = Path(__file__).parents[1] / "persistence" / "formats"

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (30, 5, 4, 1), np.uint8)
LABELS = (PIXELS.mean(axis=(1, 2, 3)) > 127).astype(int)
ONE_HOT = np.eye(4)[RNG.integers(0, 4, 60)]
FIT = {"loss": "cce", "optimizer": "adam(lr=0.05)", "epochs": 3, "batch_size": 10, "progress": False}


class Frame:
    """A table with named columns, as pandas has them."""

    def __init__(self, **columns):
        self._columns = {name: np.asarray(column) for name, column in columns.items()}
        self.columns = list(columns)

    def __getitem__(self, name):
        return self._columns[name]

    def __len__(self):
        return len(next(iter(self._columns.values())))


def trained(x, y=LABELS, layers="flatten dense(2) softmax", **options):
    net = gn.Network(layers)
    # The numbers of a frame as they are; fit(frame, y) would fit transforms to its columns.
    x, y = (gn.Split(x, y), None) if isinstance(x, Frame) else (x, y)
    net.fit(x, y, **{**FIT, **options})
    return net


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float32"])
@pytest.mark.parametrize("shape", [(60, 4), (60, 2, 2)], ids=["table", "sequences"])
def test_one_hot_bytes_train_as_floats_of_the_same_values(shape, dtype):
    x, y = ONE_HOT.reshape(shape), ONE_HOT.argmax(axis=1) % 2
    expected = trained(x.astype(np.float64), y, "flatten dense(3) tanh dense(2) softmax")
    net = trained(x.astype(dtype), y, "flatten dense(3) tanh dense(2) softmax")
    assert net.flat_parameters.tobytes() == expected.flat_parameters.tobytes()
    assert net.predict(x.astype(dtype)).tobytes() == expected.predict(x).tobytes()


@pytest.mark.parametrize("shape", [(30, 20), (30, 5, 4), (30, 5, 4, 1), (30, 5, 2, 2, 1)])
def test_images_of_bytes_are_divided_by_255_and_rows_are_not(shape):
    divisor = 1 if len(shape) == 2 else 255
    by_hand = trained((PIXELS.reshape(shape) / divisor).astype(np.float32))
    net = trained(PIXELS.reshape(shape))
    np.testing.assert_allclose(net.flat_parameters, by_hand.flat_parameters, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        net.predict(PIXELS.reshape(shape)), by_hand.predict(PIXELS.reshape(shape) / divisor), rtol=1e-3
    )


@pytest.fixture(params=["as trained", "copied", "saved and loaded"])
def kept(request, tmp_path):
    """Return a function that hands on a network in one of several ways."""

    def kept(net):
        if request.param == "copied":
            return net.copy()
        if request.param == "saved and loaded":
            net.save(tmp_path / "m.safetensors")
            return gn.load(tmp_path / "m.safetensors")
        return net

    return kept


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint16"])
@pytest.mark.parametrize(
    "use", ["predict", "evaluate", "fit", "trace", "check_gradients", "validation", "split", "batches"]
)
def test_unscaled_pixels_are_refused_where_bytes_were_trained_on(use, dtype, kept):
    net, x = kept(trained(PIXELS)), PIXELS.astype(dtype)
    calls = {
        "predict": lambda: net.predict(x),
        "evaluate": lambda: net.evaluate(x, LABELS),
        "fit": lambda: net.fit(x, LABELS, **FIT),
        "trace": lambda: net.trace(x, LABELS, "cce"),
        "check_gradients": lambda: gn.check_gradients(net, x, LABELS, "cce"),
        "validation": lambda: net.fit(PIXELS, LABELS, validation=(x, LABELS), **FIT),
        "split": lambda: net.evaluate(gn.Split(x, LABELS)),
        "batches": lambda: net.evaluate([(PIXELS, LABELS), (x, LABELS)]),
    }
    with pytest.raises(gn.DataError, match=f"x has {dtype} from 0 to 255, and the network was trained on pixels: give"):
        calls[use]()


def test_scaled_pixels_give_what_the_bytes_give(kept):
    net = kept(trained(PIXELS))
    np.testing.assert_allclose(net.predict(PIXELS / 255), net.predict(PIXELS), rtol=1e-5)
    np.testing.assert_allclose(
        net.evaluate(PIXELS / 255, LABELS)["loss"], net.evaluate(PIXELS, LABELS)["loss"], rtol=1e-5
    )


@pytest.mark.parametrize(
    "x", [PIXELS / 255, PIXELS.astype(np.float32), PIXELS.astype(int)], ids=["unit", "float", "int"]
)
def test_bytes_are_refused_where_other_numbers_were_trained_on(x, kept):
    net = kept(trained(x))
    with pytest.raises(
        gn.DataError, match="x has uint8, which is read as pixels from 0 to 255, and the network was not"
    ):
        net.predict(PIXELS)
    with pytest.raises(gn.DataError, match="x has uint8"):
        net.evaluate(PIXELS, LABELS)
    assert net.predict(x).shape == (30, 2)


def test_a_dark_image_is_read_as_the_training_read_its_images(kept):
    net = kept(trained(PIXELS))
    dark = np.zeros((1, 5, 4, 1), np.uint8)
    dark[0, 0, 0] = 1
    np.testing.assert_allclose(net.predict(dark), net.predict(dark / 255), rtol=1e-5)


def test_masks_of_0_and_1_are_no_pixels_and_pixels_are_refused_later(kept):
    masks = (PIXELS > 127).astype(np.uint8)
    net = kept(trained(masks))
    np.testing.assert_array_equal(
        net.predict(masks), trained(masks.astype(np.float32)).predict(masks.astype(np.float32))
    )
    with pytest.raises(gn.DataError, match="give 0 and 1 alone"):
        net.predict(PIXELS)


def test_a_network_that_is_built_anew_has_forgotten_its_inputs():
    net = trained(PIXELS.astype(np.float32))
    assert net.inputs == Inputs("float32", False, None)
    net.build((5, 4, 1)).fit(PIXELS, LABELS, **FIT)
    assert net.inputs == Inputs("uint8", True, None)


def test_a_fit_that_fails_leaves_nothing_to_remember():
    net = gn.Network("flatten dense(2) softmax")
    with pytest.raises(gn.DataError):
        net.fit(PIXELS.astype(np.float32), LABELS + 5, **FIT)
    net.fit(PIXELS, LABELS, **FIT)
    assert net.inputs.pixels


def test_indices_are_no_pixels():
    indices = RNG.integers(0, 9, (30, 3, 2)).astype(np.uint8)
    net = trained(indices, layers="embedding(9, 2) flatten dense(2) softmax")
    np.testing.assert_array_equal(net.predict(indices), net.predict(indices.astype(np.int64)))


def test_bytes_in_a_file_are_pixels_too(tmp_path):
    np.save(tmp_path / "x.npy", PIXELS)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    net = trained(mapped)
    assert net.inputs.pixels
    np.testing.assert_array_equal(net.predict(mapped), net.predict(PIXELS))
    np.save(tmp_path / "f.npy", PIXELS.astype(np.float32))
    with pytest.raises(gn.DataError, match="from 0 to 255"):
        net.predict(np.load(tmp_path / "f.npy", mmap_mode="r"))


def test_a_continued_run_remembers_its_inputs(tmp_path):
    trained(PIXELS, folder=tmp_path / "run")
    net = gn.Network("flatten dense(2) softmax")
    net.fit(PIXELS, LABELS, **{**FIT, "epochs": 4}, resume_from=tmp_path / "run")
    assert net.inputs == Inputs("uint8", True, None)


def test_a_model_file_of_version_0_1_is_read_and_remembers_nothing():
    assert gn.load(FORMATS / "model-0.1.0.safetensors").inputs is None


# --- columns -----------------------------------------------------------------------------------------------

AGE, PAID = np.arange(20) % 7, np.arange(20) % 2 == 0
TABLE = Frame(age=AGE, paid=PAID, height=np.linspace(0, 1, 20))


def test_columns_of_integers_booleans_and_floats_are_one_array_of_floats():
    net = trained(TABLE, PAID.astype(int), "dense(2) softmax")
    plain = np.column_stack([AGE, PAID, np.linspace(0, 1, 20)]).astype(float)
    assert (
        net.flat_parameters.tobytes() == trained(plain, PAID.astype(int), "dense(2) softmax").flat_parameters.tobytes()
    )
    np.testing.assert_array_equal(net.predict(TABLE), net.predict(plain))
    assert net.inputs.columns == ("age", "paid", "height")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (Frame(paid=PAID, age=AGE, height=AGE), "x has its columns in another order than the training"),
        (Frame(age=AGE, paid=PAID, width=AGE), "x has no column 'height', with which the network was trained"),
        (Frame(age=AGE, paid=PAID, height=AGE, Age=AGE), "x has the column 'Age', which the training did not have"),
    ],
)
def test_other_columns_are_refused(frame, message, kept):
    net = kept(trained(TABLE, PAID.astype(int), "dense(2) softmax"))
    with pytest.raises(gn.GlassnetError, match=message):
        net.predict(frame)
    with pytest.raises(gn.GlassnetError, match=message):
        net.evaluate(frame, AGE % 2)
    with pytest.raises(gn.GlassnetError, match=message):
        net.evaluate(gn.Split(frame, AGE % 2)[2:9])


def test_the_names_of_columns_stay_with_every_part_of_a_split():
    split = gn.Split(TABLE, AGE)
    assert split.columns == split[3:9].columns == ("age", "paid", "height")
    np.testing.assert_array_equal(split.x[:2], [[0, 1, 0], [1, 0, 1 / 19]])
    net = trained(split, None, "dense(1)", loss="mse", validation=0.25, sample_weight=np.ones(20))
    assert net.inputs.columns == split.columns


def test_nan_is_named_by_its_column():
    frame = Frame(age=AGE, height=np.where(AGE == 3, np.nan, 1.0))
    message = "x has nan at sample 3, column 'height'; remove or replace"
    with pytest.raises(gn.DataError, match=message):
        trained(frame, PAID.astype(int), "dense(2) softmax")
    net = trained(Frame(age=AGE, height=AGE), PAID.astype(int), "dense(2) softmax")
    with pytest.raises(gn.DataError, match=message):
        net.predict(frame)
