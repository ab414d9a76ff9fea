"""``glassnet predict``."""

import json
import warnings

import numpy as np
import pytest
from PIL import Image

import glassnet as gn


def digit(label):
    """One of the easy images that the network was trained on."""
    image = np.zeros((28, 28), np.uint8)
    image[2 * label : 2 * label + 3, 4:20] = 200
    return image


def answers(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)["predictions"]


def test_an_image_gets_its_class_and_a_bar_for_each_probability(glassnet, trained_on_digits):
    Image.fromarray(digit(7)).save("seven.png")
    outcome = glassnet("predict", trained_on_digits, "seven.png")
    assert outcome.code == 0
    title, *bars = outcome.out.splitlines()
    assert title.startswith("seven.png: 7  ")
    assert [bar.split()[0] for bar in bars] == list("0123456789")
    assert [bar.split()[-1][-1] for bar in bars] == ["%"] * 10
    lengths = [bar.count("█") for bar in bars]
    assert lengths[7] == max(lengths)
    probabilities = gn.load(trained_on_digits / "model.safetensors").predict(digit(7)[None, ..., None])[0]
    # The widest bar has 40 blocks; a part of one is not counted.
    np.testing.assert_allclose(lengths, 40 * probabilities, atol=1)
    assert bars[7].endswith(f"{probabilities[7]:.1%}")


@pytest.mark.parametrize(
    "array",
    [digit(3), digit(3)[..., None], digit(3)[None], digit(3)[None, ..., None], digit(3) / 255],
    ids=["no channel", "sample", "batch without channel", "batch", "floats from 0 to 1"],
)
def test_one_sample_as_an_array_in_any_form(glassnet, trained_on_digits, array):
    np.save("three.npy", array)
    (answer,) = answers(glassnet("predict", trained_on_digits, "three.npy", "--json"))
    assert answer["file"] == "three.npy"
    assert answer["sample"] == 0
    assert answer["class"] == "3"
    assert list(answer["probabilities"]) == list("0123456789")
    probabilities = gn.load(trained_on_digits / "model.safetensors").predict(digit(3)[None, ..., None])[0]
    np.testing.assert_allclose(list(answer["probabilities"].values()), probabilities, rtol=1e-5, atol=1e-9)


def test_several_files_and_several_samples_in_one(glassnet, trained_on_digits):
    Image.fromarray(digit(0)).save("zero.bmp")
    np.save("two.npy", np.stack([digit(5), digit(6)]))
    arguments = ["predict", trained_on_digits, "zero.bmp", "two.npy"]
    given = [(each["file"], each["sample"], each["class"]) for each in answers(glassnet(*arguments, "--json"))]
    assert given == [("zero.bmp", 0, "0"), ("two.npy", 0, "5"), ("two.npy", 1, "6")]
    out = glassnet(*arguments).out
    assert "zero.bmp: 0 " in out
    assert "two.npy[0]: 5 " in out
    assert "two.npy[1]: 6 " in out


def test_many_samples_get_a_line_each(glassnet, trained_on_digits):
    np.save("many.npy", np.stack([digit(index % 10) for index in range(30)]))
    lines = glassnet("predict", trained_on_digits, "many.npy").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[f"many.npy[{i}]:", str(i % 10)] for i in range(30)]


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "CMYK", "LA"])
def test_an_image_in_another_mode_is_read_as_grey(glassnet, trained_on_digits, mode):
    # Black and white alone: every mode holds them.
    Image.fromarray(np.where(digit(4) > 0, 255, 0).astype(np.uint8)).convert(mode).save("four.tiff")
    (answer,) = answers(glassnet("predict", trained_on_digits, "four.tiff", "--json"))
    assert answer["class"] == "4"


def test_a_network_with_one_output_gives_both_classes(glassnet, trained_on_xor):
    np.save("points.npy", np.array([[0, 1], [1, 1]], np.float32))
    first, second = answers(glassnet("predict", trained_on_xor, "points.npy", "--json"))
    assert (first["class"], second["class"]) == ("1", "0")
    yes = gn.load(trained_on_xor / "model.safetensors").predict(np.array([[0, 1]], np.float32))[0, 0]
    assert first["probabilities"] == pytest.approx({"0": 1 - yes, "1": yes}, rel=1e-5)


def test_classes_have_the_names_of_the_run_and_in_a_model_file_numbers(glassnet, trained_on_xor):
    summary = trained_on_xor / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "classes": ["even", "odd"]}))
    np.save("point.npy", np.array([0, 1], np.float32))
    assert glassnet("predict", trained_on_xor, "point.npy").out.startswith("point.npy: odd ")
    assert glassnet("predict", trained_on_xor / "model.safetensors", "point.npy").out.startswith("point.npy: 1 ")


def test_a_run_without_summary_predicts_as_a_model_file_does(glassnet, trained_on_xor):
    (trained_on_xor / "summary.json").unlink()
    np.save("point.npy", np.array([0, 1], np.float32))
    assert glassnet("predict", trained_on_xor, "point.npy").out.startswith("point.npy: 1 ")


def test_a_regression_gives_its_values(glassnet, here):
    network = gn.Network("dense(2)").build((3,))
    network.parameters["0.weights"][:] = [[1, 0], [0, 2], [0, 0]]
    network.save("line.safetensors")
    np.save("x.npy", np.array([0.5, 0.25, 9], np.float32))
    assert glassnet("predict", "line.safetensors", "x.npy").out == "x.npy: 0.5000  0.5000\n"
    (answer,) = answers(glassnet("predict", "line.safetensors", "x.npy", "--json"))
    assert answer == {"file": "x.npy", "sample": 0, "values": [0.5, 0.5]}


def test_a_regression_that_ends_in_a_sigmoid_gives_its_values(glassnet, trained_on_xor):
    summary = trained_on_xor / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "task": "regression"}))
    np.save("point.npy", np.array([0, 1], np.float32))
    (answer,) = answers(glassnet("predict", trained_on_xor, "point.npy", "--json"))
    assert "class" not in answer
    assert len(answer["values"]) == 1


def test_of_very_many_classes_the_likeliest_are_shown(glassnet, here):
    network = gn.Network("dense(50) softmax").build((1,))
    network.parameters["0.weights"][:] = np.arange(50) / 10
    network.save("wide.safetensors")
    np.save("x.npy", np.ones(1, np.float32))
    title, *bars = glassnet("predict", "wide.safetensors", "x.npy").out.splitlines()
    assert title.startswith("x.npy: 49 ")
    assert [bar.split()[0] for bar in bars] == [str(label) for label in range(49, 29, -1)]


@pytest.mark.parametrize("columns", [30, 60, 120])
def test_no_line_is_wider_than_the_terminal(glassnet, trained_on_digits, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    Image.fromarray(digit(7)).save("seven.png")
    lines = glassnet("predict", trained_on_digits, "seven.png").out.splitlines()
    assert max(map(len, lines)) <= columns
    assert all(line.endswith("%") for line in lines)


def test_where_only_ascii_can_be_shown_the_bars_are_ascii(trained_on_digits, run_glassnet):
    Image.fromarray(digit(7)).save("seven.png")
    outcome = run_glassnet("predict", trained_on_digits, "seven.png", PYTHONIOENCODING="ascii")
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.splitlines()[8].startswith("  7  ####################")


# --- what is refused ----------------------------------------------------------------------------------------


def refusal(outcome):
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    return outcome.err


def test_a_photograph_of_another_size_is_told_what_is_expected(glassnet, trained_on_digits):
    Image.new("RGB", (640, 480)).save("photo.jpg")
    assert refusal(glassnet("predict", trained_on_digits, "photo.jpg")) == (
        "error: photo.jpg is 640 x 480 pixels, and the network takes 28 x 28 pixels, grey, light on dark as in the "
        "training; crop and resize the image first\n"
    )


def test_dark_on_light_is_answered_with_a_warning(glassnet, trained_on_digits):
    Image.fromarray(255 - digit(7)).save("seven.png")
    with warnings.catch_warnings():
        warnings.simplefilter("always", gn.GlassnetWarning)
        outcome = glassnet("predict", trained_on_digits, "seven.png")
    assert outcome.code == 0
    assert outcome.err == (
        "warning: seven.png is mostly light, and the images that the network was trained on are mostly dark; "
        "invert it?\n"
    )


def test_transparent_pixels_are_refused(glassnet, trained_on_digits):
    image = Image.fromarray(digit(7)).convert("LA")
    image.putalpha(Image.fromarray(digit(7)))
    image.save("seven.png")
    assert "seven.png has transparent pixels" in refusal(glassnet("predict", trained_on_digits, "seven.png"))


def test_more_than_8_bits_are_refused(glassnet, trained_on_digits):
    Image.fromarray(digit(7).astype(np.uint16) * 257).save("seven.png")
    assert "seven.png has more than 8 bits" in refusal(glassnet("predict", trained_on_digits, "seven.png"))


def test_an_array_of_another_shape_is_told_both_shapes(glassnet, trained_on_digits):
    np.save("small.npy", np.zeros((27, 28), np.uint8))
    message = refusal(glassnet("predict", trained_on_digits, "small.npy"))
    assert "(27, 28)" in message
    assert "(28, 28, 1)" in message
    assert "(samples, 28, 28, 1)" in message


def test_a_single_number_is_refused(glassnet, trained_on_xor):
    np.save("number.npy", np.float32(1))
    assert "has the shape ()" in refusal(glassnet("predict", trained_on_xor, "number.npy"))


def test_pixels_from_0_to_255_in_floats_are_refused(glassnet, trained_on_digits):
    np.save("seven.npy", digit(7).astype(np.float32))
    message = refusal(glassnet("predict", trained_on_digits, "seven.npy"))
    assert "float32 from 0 to 200" in message
    assert "give uint8 from 0 to 255, or floats from 0 to 1" in message


def test_bytes_are_refused_where_the_training_had_none(glassnet):
    network = gn.Network("flatten dense(1)")
    network.fit(np.ones((2, 4, 4, 1), np.float32), [0, 1], loss="mse", optimizer="sgd")
    network.save("floats.safetensors")
    np.save("image.npy", np.ones((4, 4), np.uint8))
    assert "was not trained on pixels" in refusal(glassnet("predict", "floats.safetensors", "image.npy"))


def test_bytes_in_a_table_are_numbers(glassnet, trained_on_xor):
    np.save("bytes.npy", np.array([0, 1], np.uint8))
    np.save("floats.npy", np.array([0, 1], np.float32))
    answers = [glassnet("predict", trained_on_xor, f"{name}.npy").out for name in ("bytes", "floats")]
    assert answers[0].replace("bytes", "floats") == answers[1]


def test_a_model_file_alone_knows_that_it_was_trained_on_pixels(glassnet, trained_on_digits):
    np.save("seven.npy", digit(7).astype(np.float32))
    message = refusal(glassnet("predict", f"{trained_on_digits}/model.safetensors", "seven.npy"))
    assert "the network was trained on pixels" in message


def test_pickled_objects_are_not_loaded(glassnet, trained_on_xor, here):
    class Trap:
        def __reduce__(self):
            return open, (str(here / "sprung"), "w")

    np.save("trap.npy", np.array([Trap(), Trap()], dtype=object), allow_pickle=True)
    message = refusal(glassnet("predict", trained_on_xor, "trap.npy"))
    assert "trap.npy is not an array of numbers: it holds Python objects" in message
    assert not (here / "sprung").exists()


def test_text_and_nan_in_an_array_are_refused(glassnet, trained_on_xor):
    np.save("text.npy", np.array(["a", "b"]))
    assert "text.npy" in refusal(glassnet("predict", trained_on_xor, "text.npy"))
    np.save("nan.npy", np.array([1, np.nan], np.float32))
    assert "nan.npy has nan at sample 0" in refusal(glassnet("predict", trained_on_xor, "nan.npy"))
    np.save("empty.npy", np.zeros((0, 2), np.float32))
    assert "empty.npy is empty" in refusal(glassnet("predict", trained_on_xor, "empty.npy"))


@pytest.mark.parametrize("name", ["away.npy", "away.png"])
def test_a_missing_file_is_named(glassnet, trained_on_digits, name):
    assert refusal(glassnet("predict", trained_on_digits, name)) == (
        f"error: cannot read {name}: No such file or directory; check the path\n"
    )


def test_a_folder_is_no_file(glassnet, trained_on_digits, here):
    (here / "folder.png").mkdir()
    assert "cannot read folder.png: Is a directory" in refusal(glassnet("predict", trained_on_digits, "folder.png"))


@pytest.mark.parametrize("keep", [0, 5, 40, 130])
def test_a_damaged_array_is_named(glassnet, trained_on_digits, here, keep):
    np.save("whole.npy", digit(1))
    (here / "cut.npy").write_bytes((here / "whole.npy").read_bytes()[:keep])
    assert "cut.npy is not an array of numbers" in refusal(glassnet("predict", trained_on_digits, "cut.npy"))


def test_an_array_that_announces_more_than_there_is_memory_for_is_refused(glassnet, trained_on_xor, here):
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**15,)}
    with open("huge.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    assert "huge.npy is not an array of numbers" in refusal(glassnet("predict", trained_on_xor, "huge.npy"))


@pytest.mark.parametrize("keep", [0, 30, 45, 60])
def test_a_damaged_image_is_named(glassnet, trained_on_digits, here, keep):
    Image.fromarray(digit(1)).save("whole.png")
    content = (here / "whole.png").read_bytes()
    assert len(content) > 80
    (here / "cut.png").write_bytes(content[:keep])
    message = refusal(glassnet("predict", trained_on_digits, "cut.png"))
    assert "cut.png is not a readable image" in message or "cut.png is a damaged image" in message


def test_a_file_that_is_something_else_is_named(glassnet, trained_on_digits, here):
    (here / "notes.txt").write_text("no picture")
    message = refusal(glassnet("predict", trained_on_digits, "notes.txt"))
    assert "notes.txt is not a readable image; give a PNG, a JPEG or a .npy file" in message


def test_a_network_that_takes_no_images_says_so(glassnet, trained_on_xor):
    Image.fromarray(digit(1)).save("one.png")
    assert "one.png: the network takes no images but 2 values" in refusal(
        glassnet("predict", trained_on_xor, "one.png")
    )


def test_a_damaged_summary_is_named(glassnet, trained_on_xor):
    np.save("point.npy", np.array([0, 1], np.float32))
    for content in ("{", "[1]"):
        (trained_on_xor / "summary.json").write_text(content)
        assert "runs/xor-1/summary.json" in refusal(glassnet("predict", trained_on_xor, "point.npy"))


def test_width_and_height_of_an_image_are_not_confused(glassnet, here):
    network = gn.Network("flatten dense(2) softmax").build((4, 6, 1))
    network.flat_parameters[:] = 0
    # Class 1 if the last pixel of the first row is light.
    network.parameters["1.weights"][5] = [0, 9]
    network.save("wide.safetensors")
    wide = np.zeros((4, 6), np.uint8)
    wide[0, 5] = 255
    Image.fromarray(wide).save("wide.png")
    Image.fromarray(wide.T).save("high.png")
    assert glassnet("predict", "wide.safetensors", "wide.png").out.startswith("wide.png: 1 ")
    message = refusal(glassnet("predict", "wide.safetensors", "high.png"))
    assert "high.png is 4 x 6 pixels, and the network takes 6 x 4 pixels, grey;" in message
