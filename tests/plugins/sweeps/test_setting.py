"""Settings and their values: ranges, lists, grids, and texts that are wrong."""

import pytest

import glassnet as gn
from glassnet_sweeps.setting import Setting, named, setting
from glassnet_sweeps.space import space_of


def test_a_logarithmic_range_has_equal_ratios():
    assert setting("lr=1e-4..1e-1:log:4").grid == (1e-4, 1e-3, 1e-2, 1e-1)


def test_a_range_has_equal_gaps_and_both_bounds():
    assert setting("momentum=0..1.5:4").grid == (0.0, 0.5, 1.0, 1.5)
    assert setting("momentum=0..1.5").grid == (0.0, 0.375, 0.75, 1.125, 1.5)


def test_whole_bounds_give_whole_numbers_and_none_of_them_twice():
    found = setting("units=1..3")
    assert found.grid == (1, 2, 3)
    assert all(type(value) is int for value in found.grid)
    assert found.count == 3


@pytest.mark.parametrize(("place", "value"), [(0, 0.01), (0.25, 0.1), (0.5, 1.0), (1, 100.0)])
def test_places_of_a_logarithmic_range_and_back(place, value):
    found = setting("lr=0.01..100:log")
    assert found.at(place) == pytest.approx(value)
    assert found.place_of(value) == pytest.approx(place)


def test_each_value_of_a_list_has_an_equal_part():
    found = setting("batch_size=16,64,256")
    assert [found.at(place) for place in (0, 0.33, 0.34, 0.66, 0.67, 0.999, 1)] == [16, 16, 64, 64, 256, 256, 256]


def test_commas_within_brackets_and_quotes_part_nothing():
    found = setting("optimizer=adam(lr=0.1, beta1=0.8), sgd")
    assert found.values == ("adam(lr=0.1, beta1=0.8)", "sgd")
    assert setting("dataset.path='a,b.csv','c.csv'").values == ("a,b.csv", "c.csv")


def test_words_and_numbers_are_read_as_values():
    assert setting("x=none,true,0.5,3,relu").values == (None, True, 0.5, 3, "relu")


def test_python_gives_lists_with_components():
    assert named("optimizer", [gn.optimizers.sgd(lr=0.5), "adam"]).values == ("sgd(lr=0.5)", "adam")


@pytest.mark.parametrize(
    "text", ["lr=1e-4..1e-1:log:7", "units=8..64", "optimizer=adam,sgd(lr=0.5)", "bias=true,false"]
)
def test_a_setting_survives_json(text):
    assert Setting.of_plain(setting(text).as_plain()) == setting(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lr", "does not say what varies"),
        ("lr=", "does not say what varies"),
        ("lr=0.1", "has one value"),
        ("lr=0.1,0.1", "has a value twice"),
        ("lr=2..1", "is empty"),
        ("lr=0..1:log", "begins above 0"),
        ("lr=0.1..1:lgo", "'lgo' is not known"),
        ("lr=a..b", "'a' is not a number"),
        ("lr=0.1..1e999", "inf is not a number"),
    ],
)
def test_a_text_that_is_wrong_is_refused(text, told):
    with pytest.raises(gn.OptionError, match=told):
        setting(text)


def test_a_setting_is_given_once():
    with pytest.raises(gn.OptionError, match="lr is given twice"):
        space_of(["lr=0.1,0.2", "lr=0.3,0.4"])


def test_the_last_setting_of_a_grid_varies_fastest():
    space = space_of({"a": [1, 2], "b": [3, 4, 5]})
    points = [space.grid_at(number) for number in range(space.grid_count)]
    assert [(each["a"], each["b"]) for each in points] == [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]
