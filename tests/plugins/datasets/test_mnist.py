"""MNIST: the files that ship, the user's own copy, and damaged ones."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
import glassnet_datasets
from glassnet_datasets.mnist import Mnist

SHIPPED = Path(glassnet_datasets.__file__).parent / "data" / "mnist"
MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
FILES = tuple(MD5)

# A copy of the form of MNIST, small enough to write by hand: three images to train with and two to test with.
SMALL = {
    "train-images-idx3-ubyte": bytes.fromhex("00000803 00000003 0000001c 0000001c") + bytes([1, 2, 3] * 784),
    "train-labels-idx1-ubyte": bytes.fromhex("00000801 00000003") + bytes([9, 0, 4]),
    "t10k-images-idx3-ubyte": bytes.fromhex("00000803 00000002 0000001c 0000001c") + bytes([5, 6] * 784),
    "t10k-labels-idx1-ubyte": bytes.fromhex("00000801 00000002") + bytes([3, 8]),
}


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSNET_DATA", raising=False)


@pytest.fixture(scope="module")
def data() -> Iterator[gn.Dataset]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("GLASSNET_DATA", raising=False)
        yield gn.datasets.mnist().load()


def write(folder: Path, files: dict[str, bytes], named: Callable[[str], str] = str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / named(name)).write_bytes(content)
    return folder


def refused(folder: Path) -> str:
    """Return the message with which a folder is refused."""
    with pytest.raises(gn.DataError) as caught:
        Mnist(folder=str(folder)).load()
    return str(caught.value)


# --- what ships ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_file_is_the_published_one_byte_for_byte(name: str) -> None:
    content = gzip.decompress((SHIPPED / f"{name}.gz").read_bytes())
    assert hashlib.md5(content).hexdigest() == MD5[name]


def test_the_attribution_names_authors_and_licence() -> None:
    text = (SHIPPED / "ATTRIBUTION.md").read_text("utf-8")
    for part in (
        "Yann LeCun",
        "Corinna Cortes",
        "Burges",
        "CC BY-SA 3.0",
        "https://creativecommons.org/licenses/by-sa/3.0/",
    ):
        assert part in text


def test_images_are_bytes_with_one_channel(data: gn.Dataset) -> None:
    assert data.train.x.shape == (60_000, 28, 28, 1)
    assert data.test.x.shape == (10_000, 28, 28, 1)
    assert data.train.x.dtype == data.test.x.dtype == np.uint8


def test_images_are_views_of_what_was_read(data: gn.Dataset) -> None:
    for split in (data.train, data.test):
        assert not split.x.flags.owndata
        assert split.x.flags.c_contiguous


def test_labels_are_signed_integers_that_can_be_subtracted(data: gn.Dataset) -> None:
    assert data.train.y.shape == (60_000,)
    assert data.test.y.shape == (10_000,)
    assert data.train.y.dtype == data.test.y.dtype == np.int64


def test_each_digit_is_as_frequent_as_is_known(data: gn.Dataset) -> None:
    assert np.bincount(data.train.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.test.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_the_digits_come_in_their_known_order(data: gn.Dataset) -> None:
    assert data.train.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_pixels_have_the_known_mean_and_deviation(data: gn.Dataset) -> None:
    """0.1307 and 0.3081 are what is subtracted and divided by all over the literature."""
    assert data.train.x.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert data.train.x.std() / 255 == pytest.approx(0.3081, abs=5e-5)


def test_images_stand_upright(data: gn.Dataset) -> None:
    """The mean one is a vertical stroke: taller than wide, which its transpose would not be."""
    one = data.train.x[data.train.y == 1, :, :, 0].mean(axis=0)
    rows, columns = np.flatnonzero(one.max(axis=1) > 60), np.flatnonzero(one.max(axis=0) > 60)
    assert len(rows) > 1.5 * len(columns)


def test_what_is_said_about_the_data(data: gn.Dataset) -> None:
    assert list(data.classes) == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert data.task == "classification"
    assert data.validation is None


# --- one's own copy --------------------------------------------------------------------------------------------


def is_small(data: gn.Dataset) -> bool:
    return data.train.y.tolist() == [9, 0, 4] and data.test.y.tolist() == [3, 8]


def test_a_folder_of_plain_files_is_read(tmp_path: Path) -> None:
    data = Mnist(folder=str(write(tmp_path, SMALL))).load()
    assert is_small(data)
    assert data.train.x[0].ravel()[:4].tolist() == [1, 2, 3, 1]
    assert data.test.x[1].ravel()[:3].tolist() == [5, 6, 5]


@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("packed", [False, True])
def test_both_usual_spellings_are_read_plain_and_packed(tmp_path: Path, mark: str, packed: bool) -> None:
    files = {name: gzip.compress(content) for name, content in SMALL.items()} if packed else SMALL
    write(tmp_path, files, lambda name: name.replace("-idx", f"{mark}idx") + (".gz" if packed else ""))
    assert is_small(gn.datasets.mnist(folder=str(tmp_path)).load())


def test_the_home_folder_may_be_written_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "digits", SMALL)
    assert is_small(Mnist(folder="~/digits").load())


@pytest.mark.parametrize("subfolder", ["", "mnist"])
def test_the_environment_names_the_folder_or_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subfolder: str
) -> None:
    write(tmp_path / subfolder, SMALL)
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path))
    assert is_small(Mnist().load())


def test_the_option_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path / "elsewhere"))
    assert is_small(Mnist(folder=str(write(tmp_path / "here", SMALL))).load())


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSNET_DATA", "")
    assert len(Mnist().load().train) == 60_000


def test_the_environment_is_not_passed_over_when_the_files_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLASSNET_DATA", str(tmp_path))
    with pytest.raises(gn.FileError) as caught:
        Mnist().load()
    assert str(caught.value) == (
        f"cannot find train-images in {tmp_path} (looked for train-images-idx3-ubyte, train-images.idx3-ubyte, "
        "train-images-idx3-ubyte.gz, train-images.idx3-ubyte.gz); put the four MNIST files there, "
        "or leave out folder and GLASSNET_DATA to use the copy that ships with glassnet"
    )


@pytest.mark.parametrize("missing", FILES)
def test_the_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    write(tmp_path, {name: content for name, content in SMALL.items() if name != missing})
    with pytest.raises(gn.FileError, match=f"cannot find .* \\(looked for {missing}, "):
        Mnist(folder=str(tmp_path)).load()


# --- damage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damaged", FILES)
def test_the_one_damaged_file_of_a_copy_is_named(tmp_path: Path, damaged: str) -> None:
    for name in FILES:
        (tmp_path / f"{name}.gz").symlink_to(SHIPPED / f"{name}.gz")
    path = tmp_path / f"{damaged}.gz"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])
    assert refused(tmp_path) == f"{path} is cut short: its gzip data have no end; download or unpack it again"


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t10k-images-idx3-ubyte"
    images = bytes.fromhex("00000803 00000002 00000020 0000001e") + bytes(2 * 32 * 30)
    write(tmp_path, {**SMALL, path.name: images})
    assert refused(tmp_path) == f"{path} has images of 32 x 30 pixels (expected 28 x 28); give images of that size"


def test_fewer_labels_than_images_are_refused(tmp_path: Path) -> None:
    images, labels = tmp_path / "train-images-idx3-ubyte", tmp_path / "train-labels-idx1-ubyte"
    write(tmp_path, {**SMALL, labels.name: bytes.fromhex("00000801 00000002") + bytes([9, 0])})
    assert refused(tmp_path) == (
        f"{labels} has 2 labels, and {images} has 3 images; give two files that belong together"
    )


@pytest.mark.parametrize("label", [10, 255])
def test_a_label_that_is_no_digit_is_refused(tmp_path: Path, label: int) -> None:
    path = tmp_path / "t10k-labels-idx1-ubyte"
    write(tmp_path, {**SMALL, path.name: bytes.fromhex("00000801 00000002") + bytes([3, label])})
    assert refused(tmp_path) == f"{path} has the label {label} at index 1; a label is a digit from 0 to 9"


def test_images_and_labels_that_changed_places_are_refused(tmp_path: Path) -> None:
    images, labels = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
    write(tmp_path, {**SMALL, images: SMALL[labels] + bytes(8), labels: SMALL[images]})
    assert refused(tmp_path).startswith(f"{tmp_path / images} holds uint8 in 1 dimension (expected uint8 in 3 dim")


# --- the recipe ------------------------------------------------------------------------------------------------


def accuracy(data: gn.Dataset, seed: int) -> float:
    """Return the test accuracy that the recipe reaches, counted here from the predictions."""
    assert data.recipe is not None
    recipe = data.recipe.replace(seed=seed)
    network = gn.Network(recipe.layers)
    network.fit(data.train, **recipe.training())
    return float(np.mean(np.argmax(network.predict(data.test.x), axis=1) == data.test.y))


def test_the_recipe_takes_at_most_five_epochs(data: gn.Dataset) -> None:
    assert data.recipe is not None
    assert data.recipe.options["epochs"] <= 5


def test_the_recipe_reaches_its_accuracy(data: gn.Dataset) -> None:
    assert accuracy(data, seed=0) >= 0.975


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 5))
def test_the_recipe_reaches_its_accuracy_from_other_seeds(data: gn.Dataset, seed: int) -> None:
    assert accuracy(data, seed) >= 0.975
