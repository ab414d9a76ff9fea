"""The dataset images: sizes, colours, splits, parts, tables and arrays, and what is refused."""

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_images.stratified import stratified
from tests.plugins.images.picture_folders import FOLDERS, flat


def write(place, sizes, mode="RGB", classes=("a", "b")):
    for name in classes:
        (place / name).mkdir(parents=True)
        for number, size in enumerate(sizes):
            Image.new(mode, size).save(place / name / f"{number}.png")
    return str(place)


@pytest.mark.parametrize(
    ("sizes", "mode", "options", "shape"),
    [
        ([(20, 30)] * 3, "RGB", {}, (30, 20, 3)),
        ([(20, 30)] * 3, "L", {}, (30, 20, 1)),
        ([(20, 30), (30, 20)] * 3, "RGB", {}, (64, 64, 3)),
        ([(300, 200)] * 3, "RGB", {}, (64, 64, 3)),
        ([(20, 30)] * 3, "RGB", {"size": 8}, (8, 8, 3)),
        ([(20, 30)] * 3, "RGB", {"size": (8, 6), "colors": "grey"}, (8, 6, 1)),
        ([(20, 30)] * 3, "L", {"colors": "rgb"}, (30, 20, 3)),
        ([(20, 30)] * 3, "LA", {}, (30, 20, 1)),
        ([(20, 30)] * 3, "P", {}, (30, 20, 3)),
    ],
)
def test_size_and_colours_follow_from_the_images_and_the_options(sizes, mode, options, shape, tmp_path):
    data = gn.datasets.images(write(tmp_path / "p", sizes, mode), **options).load()
    assert data.train.x.shape[1:] == data.test.x.shape[1:] == shape
    assert data.train.x.dtype == np.uint8


def test_size_is_that_of_the_upright_image(tmp_path):
    exif = Image.Exif()
    exif[274] = 8
    for name in "ab":
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new("RGB", (20, 30)).save(tmp_path / name / f"{number}.jpg", exif=exif)
    assert gn.datasets.images(str(tmp_path)).load().train.x.shape[1:] == (20, 30, 3)


def test_a_fifth_of_each_class_is_kept_to_test_with():
    labels = np.array([0] * 50 + [1] * 10 + [2] * 2 + [3])
    train, test = stratified(labels, 0.2, seed=0)
    assert np.bincount(labels[test], minlength=4).tolist() == [10, 2, 1, 0]
    assert sorted([*train, *test]) == list(range(63))
    assert not np.array_equal(stratified(labels, 0.2, seed=1)[1], test)


def test_parts_are_what_their_folders_say(tmp_path):
    FOLDERS["parts"](tmp_path)
    (tmp_path / "test" / "dark" / "0.png").unlink()
    data = gn.datasets.images(str(tmp_path)).load()
    assert (len(data.train), len(data.validation), len(data.test)) == (12, 12, 11)
    (tmp_path / "test" / "green").mkdir()
    (tmp_path / "test" / "dark" / "1.png").rename(tmp_path / "test" / "green" / "1.png")
    with pytest.raises(gn.DataError, match=r"test has the class 'green', and .*Train does not"):
        gn.datasets.images(str(tmp_path)).load()


def test_without_test_images_those_to_validate_with_are_kept_for_the_test(tmp_path):
    FOLDERS["train_and_validation"](tmp_path)
    data = gn.datasets.images(str(tmp_path)).load()
    assert (len(data.train), data.validation, len(data.test)) == (12, None, 12)


def test_classes_may_be_called_train_and_plane(tmp_path):
    """A train is a class if no other part is there."""
    data = gn.datasets.images(write(tmp_path / "p", [(9, 9)] * 2, classes=("plane", "train"))).load()
    assert data.classes == ("plane", "train")


def test_the_order_does_not_depend_on_the_folder(tmp_path):
    place = write(tmp_path / "p", [(9, 9)] * 6)
    one, other = (gn.datasets.images(place, memory=0).load().train.x.array.paths for _ in range(2))
    assert one == other == sorted(one)


def test_a_table_names_the_column_of_the_classes_if_it_is_not_clear(tmp_path):
    rows = flat(tmp_path)
    lines = "".join(f"{file},{name},{len(file)}\n" for file, name in rows)
    table = tmp_path / "list.csv"
    table.write_text("name,shade,length\n" + lines)
    with pytest.raises(gn.OptionError, match=r"which column has the labels.* \(its columns: shade, length\)"):
        gn.datasets.images(str(table)).load()
    assert gn.datasets.images(str(table), target="shade").load().classes == ("dark", "light")
    with pytest.raises(gn.DataError, match="has no column 'shades', did you mean 'shade'"):
        gn.datasets.images(str(table), target="shades").load()


def test_a_table_with_images_that_are_not_there_names_them(tmp_path):
    rows = flat(tmp_path)
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n" + "".join(f"{file},{name}\n" for file, name in rows) + "lost.png,dark\n")
    with pytest.raises(gn.DataError, match=r"names images that are not below .*: lost\.png; add them"):
        gn.datasets.images(str(table)).load()
    table.write_text("file,label\nx.png,dark\ny.png,light\n")
    with pytest.raises(gn.DataError, match="has no column with the names of images"):
        gn.datasets.images(str(table)).load()


def saved(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


X, Y = np.zeros((10, 4, 5), np.uint8), np.arange(10) % 2


def test_arrays_keep_their_size_or_get_another(tmp_path):
    path = saved(tmp_path / "a.npz", x=X, y=Y)
    assert gn.datasets.images(path).load().train.x.shape == (8, 4, 5, 1)
    assert gn.datasets.images(path, size=8, colors="rgb").load().train.x.shape == (8, 8, 8, 3)


def test_labels_of_arrays_are_counted_from_0_and_named(tmp_path):
    data = gn.datasets.images(saved(tmp_path / "a.npz", images=X, labels=np.array([3.0, 7.0] * 5))).load()
    assert data.classes == ("3", "7")
    assert set(data.train.y) == {0, 1}
    data = gn.datasets.images(saved(tmp_path / "b.npz", x=X, y=np.eye(2)[Y], classes=["cat", "dog"])).load()
    assert data.classes == ("cat", "dog")
    assert np.bincount(data.train.y).tolist() == [4, 4]


def test_numbers_other_than_bytes_stay_as_they_are(tmp_path):
    x = np.random.default_rng(0).normal(size=(10, 4, 4, 3))
    data = gn.datasets.images(saved(tmp_path / "a.npz", x=x, y=Y)).load()
    assert set(data.train.x.ravel()) < set(x.ravel())
    assert data.train.preprocessing is None


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": X, "b": Y}, "has the arrays a, b, and none for images and labels"),
        ({"x": X, "y": Y[:5]}, "10 images and labels of shape"),
        ({"x": X[0], "y": Y}, "has images of shape"),
        ({"x": X, "y": Y + 0.5}, "labels of type float64"),
        ({"x": X, "y": np.array([None] * 10)}, "holds Python objects"),
        ({"x": X, "y": np.zeros(10)}, "all labels are 0"),
        ({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y + 1}, "the part test has the label 2"),
    ],
)
def test_arrays_that_are_no_labelled_images_are_explained(arrays, message, tmp_path):
    with pytest.raises(gn.DataError, match=message):
        gn.datasets.images(saved(tmp_path / "a.npz", **arrays)).load()


def test_files_that_are_missing_or_something_else_are_explained(tmp_path):
    with pytest.raises(gn.FileError, match="does not exist"):
        gn.datasets.images(str(tmp_path / "nothing")).load()
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(gn.DataError, match="is not a file of arrays"):
        gn.datasets.images(str(tmp_path / "a.npz")).load()
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(gn.DataError, match="is one file; give a folder"):
        gn.datasets.images(str(tmp_path / "a.png")).load()
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + bytes(12))
    with pytest.raises(gn.GlassnetError):
        gn.datasets.images(str(tmp_path)).load()


def test_an_image_of_too_many_pixels_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    place = write(tmp_path / "p", [(9, 9)] * 2)
    Image.new("L", (30, 30)).save(tmp_path / "p" / "a" / "0.png")
    with pytest.raises(gn.DataError, match=r"0\.png is a damaged image \(Image size \(900 pixels\) exceeds limit"):
        gn.datasets.images(place).load()
