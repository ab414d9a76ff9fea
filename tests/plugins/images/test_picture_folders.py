"""Folders of images as people have them, each from the folder to the classes of new photos."""

import json

import numpy as np
import pytest
from PIL import Image

import glassnet as gn
from glassnet_commands.command_line import main
from tests.plugins.images.picture_folders import FOLDERS, shades

# The mean colour tells dark from light at any size.
MEAN = "global_avg_pool2d dense(2) softmax"
HOW = ["--epochs", "60", "--optimizer", "adam(lr=0.2)", "--batch-size", "4", "--no-plots", "--quiet", "--json"]
SMALL = ["--layers", MEAN, *HOW]


def printed(capsys, *arguments):
    assert main([str(each) for each in arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def photos(tmp_path):
    """New photos of another size and format: two of each class, with names that tell nothing."""
    made = shades(1, side=40)
    paths = [tmp_path / f"photo{number}.jpg" for number in range(4)]
    for path, pixels in zip(paths, [*made["dark"][:2], *made["light"][:2]], strict=True):
        Image.fromarray(pixels).save(path)
    return paths


@pytest.mark.filterwarnings("ignore:the folder .* has no images")
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_is_trained_on_and_new_photos_are_recognised(kind, tmp_path, capsys, photos):
    place = tmp_path / "my pictures"
    place.mkdir()
    given = FOLDERS[kind](place)
    run = tmp_path / "run"
    trained = printed(capsys, "train", given, *SMALL, "--out", run)
    assert trained["test"]["accuracy"] == 1
    names = ["0", "1"] if kind == "idx" else ["dark", "light"]
    assert trained["classes"] == names
    for model in (run, run / "model.safetensors"):
        answers = printed(capsys, "predict", model, *photos, "--json")["predictions"]
        assert [each["class"] for each in answers] == [names[0]] * 2 + [names[1]] * 2


def test_the_network_in_python_takes_paths_folders_and_images(tmp_path, photos):
    place = tmp_path / "pictures"
    FOLDERS["mixed_sizes"](place)
    data = gn.datasets.images(str(place), size=16).load()
    net = gn.Network(MEAN)
    net.fit(data.train, loss="cce", optimizer="adam(lr=0.2)", epochs=60, batch_size=4, metrics=["accuracy"])
    assert net.predict(photos[0]).argmax() == 0
    assert net.predict([str(path) for path in photos]).argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert net.predict([Image.open(path) for path in photos]).argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert len(net.predict(place / "dark")) == 6
    assert net.evaluate(place)["accuracy"] == 1
    assert net.evaluate(photos, ["dark", "dark", "light", "dark"])["accuracy"] == 0.75
    twin = net.copy()
    np.testing.assert_array_equal(twin.predict(photos), net.predict(photos))
    path = tmp_path / "model.safetensors"
    net.save(path)
    np.testing.assert_array_equal(gn.load(path).predict(photos), net.predict(photos))
    assert gn.load(path).preprocessing.classes == ("dark", "light")
    with pytest.raises(gn.DataError, match="the class 'drak' is not one of the training, did you mean 'dark'"):
        net.evaluate(photos, ["drak", "dark", "light", "dark"])


def test_a_folder_is_evaluated_as_a_whole_and_predicted_file_by_file(tmp_path, capsys, photos):
    place = tmp_path / "pictures"
    FOLDERS["plain"](place)
    run = tmp_path / "run"
    printed(capsys, "train", place, *SMALL, "--out", run)
    figures = printed(capsys, "evaluate", run, place, "--json")
    assert (figures["samples"], figures["accuracy"]) == (12, 1)
    answers = printed(capsys, "predict", run, place / "light", "--json")["predictions"]
    assert [each["class"] for each in answers] == ["light"] * 6
    assert answers[5]["file"].endswith("5.png")


def test_the_first_lines_tell_classes_transform_and_augmentation(tmp_path, capsys):
    FOLDERS["grey"](tmp_path / "pictures")
    assert main(["train", str(tmp_path / "pictures"), "--epochs", "1", "--no-plots", "--out", str(tmp_path / "a")]) == 0
    out, told = capsys.readouterr()
    assert f"use       glassnet predict {tmp_path / 'a'} PHOTO.jpg" in out
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["images"] == "pixels(12, 12, channels=1)"
    assert "task      classification of images into 2 classes: dark, light; pixels(12, 12, channels=1)" in told
    assert "augment([shift, rotate(degrees=10.0)])" in told
    gn.load(tmp_path / "a" / "model.safetensors").summary()
    assert "classification of images into 2 classes" in capsys.readouterr().out


def test_a_photo_on_its_side_is_turned(tmp_path, capsys):
    """Cameras store a photo as the sensor saw it; orientation 6 says that its top is at the right."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, half in {"left": np.s_[:, :10], "top": np.s_[:10, :]}.items():
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(5):
            upright = np.random.default_rng(number).integers(0, 80, (20, 20, 3)).astype(np.uint8)
            upright[half] += 150
            stored = Image.fromarray(np.rot90(upright))
            stored.save(tmp_path / "pictures" / name / f"{number}.jpg", exif=exif, quality=95)
            if number == 4:
                Image.fromarray(upright).resize((33, 33)).save(tmp_path / f"{name}.png")
    run = tmp_path / "run"
    printed(capsys, "train", tmp_path / "pictures", "--layers", "flatten dense(2) softmax", *HOW, "--out", run)
    answers = printed(capsys, "predict", run, tmp_path / "left.png", tmp_path / "top.png", "--json")["predictions"]
    assert [each["class"] for each in answers] == ["left", "top"]


def test_broken_images_are_named_or_left_out(tmp_path, capsys):
    place = tmp_path / "pictures"
    FOLDERS["plain"](place)
    whole = (place / "dark" / "1.png").read_bytes()
    (place / "dark" / "1.png").write_bytes(whole[: len(whole) // 2])
    assert main(["train", str(place), *SMALL, "--out", str(tmp_path / "a")]) == 2
    assert "dark/1.png is a damaged image" in (told := capsys.readouterr().err)
    assert "broken='skip'" in told
    (place / "light" / "3.png").write_bytes(b"")
    (place / "light" / "4.png").write_text("<html>not found</html>")
    assert main(["train", str(place), *SMALL, "--out", str(tmp_path / "b")]) == 2
    told = capsys.readouterr().err
    assert "3 images are broken" in told
    assert all(name in told for name in ("dark/1.png", "light/3.png", "light/4.png"))
    with pytest.warns(gn.GlassnetWarning, match="3 broken images are left out"):
        data = gn.datasets.images(str(place), broken="skip").load()
    assert len(data.train) + len(data.test) == 9
    # Images that stay in their files are named before the first step.
    data = gn.datasets.images(str(place), memory=0).load()
    with pytest.raises(gn.DataError, match=r"1\.png is a damaged image"):
        gn.Network("flatten dense(2) softmax").fit(data.train, loss="cce", optimizer="sgd")


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda place: None, "has no folders with images"),
        (lambda place: (place / "cats").mkdir(), "has no folders with images"),
        (lambda place: FOLDERS["plain"](place / "cats" / ".."), None),
        (lambda place: FOLDERS["plain"](place) and [each.unlink() for each in (place / "dark").iterdir()], "one class"),
    ],
)
@pytest.mark.filterwarnings("ignore:the folder .* has no images")
def test_folders_without_two_classes_are_explained(write, message, tmp_path):
    place = tmp_path / "pictures"
    (place / "cats").mkdir(parents=True)
    (place / "cats").rmdir()
    write(place)
    if message is None:
        assert gn.datasets.images(str(place)).load().classes == ("dark", "light")
        return
    with pytest.raises(gn.DataError, match=message):
        gn.datasets.images(str(place)).load()


def test_a_folder_without_images_is_named(tmp_path):
    FOLDERS["plain"](tmp_path)
    (tmp_path / "grey").mkdir()
    with pytest.warns(gn.GlassnetWarning, match="grey has no images, so it is not a class"):
        assert gn.datasets.images(str(tmp_path)).load().classes == ("dark", "light")


def test_images_that_stay_in_files_train_to_the_same_bytes(tmp_path):
    FOLDERS["mixed_sizes"](tmp_path)
    trained = []
    for memory in (256, 0):
        data = gn.datasets.images(str(tmp_path), memory=memory, size=9).load()
        assert isinstance(data.train.x, np.ndarray) == (memory == 256)
        net = gn.Network("flatten dense(2) softmax")
        net.fit(data.train, loss="cce", optimizer="adam", epochs=3, batch_size=4, validation=0.25)
        trained.append((net.flat_parameters.copy(), net.history["val_loss"], net.predict(data.test.x)))
    for in_memory, in_files in zip(*trained, strict=True):
        np.testing.assert_array_equal(in_memory, in_files)
