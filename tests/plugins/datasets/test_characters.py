"""The character corpus, one's own texts, and the recipe beside models that count."""

from __future__ import annotations

import gzip
import hashlib
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

import glassnet as gn
import glassnet_datasets
from glassnet_datasets.characters import Characters

FOLDER = Path(glassnet_datasets.__file__).parent / "data" / "characters"


@pytest.fixture(scope="module")
def data() -> gn.Dataset:
    return gn.datasets.characters().load()


def text_of(data: gn.Dataset, indices: gn.Array) -> str:
    return "".join(data.classes[index] for index in indices.ravel())


# --- the text that ships -----------------------------------------------------------------------------------------


def test_the_novel_is_the_one_that_the_attribution_names() -> None:
    text = gzip.decompress((FOLDER / "persuasion.txt.gz").read_bytes())
    digest = hashlib.md5(text).hexdigest()

    assert len(text) == 466_854
    assert digest == "ea2a674ea8b3910c5d01858f75881e1a"
    assert digest in (FOLDER / "ATTRIBUTION.md").read_text()


def test_shapes_and_types(data: gn.Dataset) -> None:
    # 420,169 and 46,685 characters, in whole pieces of 100, the last character being a target alone.
    assert data.train.x.shape == data.train.y.shape == (4201, 100)
    assert data.test.x.shape == data.test.y.shape == (466, 100)
    assert data.train.x.dtype == data.train.y.dtype == np.int64
    assert (data.task, len(data.classes), data.validation) == ("classification", 75, None)


def test_the_pieces_put_together_are_the_text(data: gn.Dataset) -> None:
    text = gzip.decompress((FOLDER / "persuasion.txt.gz").read_bytes()).decode()

    train = text_of(data, data.train.x)
    assert train.startswith("Persuasion\n\n\nby\n\nJane Austen")
    assert text.startswith(train)
    assert text[len(text) - 46_685 :].startswith(text_of(data, data.test.x))


def test_the_target_is_the_character_behind(data: gn.Dataset) -> None:
    for split in (data.train, data.test):
        np.testing.assert_array_equal(split.y[:, :-1], split.x[:, 1:])
        np.testing.assert_array_equal(split.y[:-1, -1], split.x[1:, 0])


def test_classes_are_in_the_order_of_their_codes(data: gn.Dataset) -> None:
    assert list(data.classes[:3]) == ["\n", " ", "!"]
    assert list(data.classes) == sorted(set(text_of(data, data.train.x) + text_of(data, data.test.x)))


# --- a text of one's own -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_a_text_of_ones_own_is_read_plain_or_packed(tmp_path: Path, packed: bool) -> None:
    content = ("äbc€" * 20).encode()
    (tmp_path / "own").write_bytes(gzip.compress(content) if packed else content)

    data = Characters(path=str(tmp_path / "own"), length=5).load()

    assert list(data.classes) == ["b", "c", "ä", "€"]
    assert text_of(data, data.train.x) == "äbc€" * 17 + "äb"  # 72 of 80 characters, in pieces of 5
    assert text_of(data, data.test.x) == "äbc€ä"
    assert text_of(data, data.test.y) == "bc€äb"
    assert data.recipe is not None
    assert str(data.recipe.layers[0]) == "embedding(4, 32)"


def refused(path: Path, error: type[gn.GlassnetError] = gn.DataError, **options: int) -> str:
    with pytest.raises(error) as caught:
        Characters(path=str(path), **options).load()
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    message = refused(path, gn.FileError)
    assert message == f"cannot read {path}: No such file or directory; check that it is a file and may be read"


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_bytes(b"abc\xff")
    assert refused(path) == f"{path} is not UTF-8 text (invalid start byte at byte 3); convert it"


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.gz"
    path.write_bytes(gzip.compress(b"abc" * 100)[:-12])
    assert refused(path).startswith(f"{path} has damaged gzip data (")


@pytest.mark.parametrize("characters", [0, 1, 59])
def test_a_text_that_is_too_short_is_refused(tmp_path: Path, characters: int) -> None:
    path = tmp_path / "own.txt"
    path.write_text("abc" * 20)
    path.write_text(path.read_text()[:characters])
    tested = round(characters / 10)
    assert refused(path, length=6) == (
        f"{path} has {characters} characters, {tested} of them to test with, which is not enough for a piece of 6 and "
        "the character after it; give a longer text or a smaller length"
    )


# --- the recipe --------------------------------------------------------------------------------------------------


def bits_of_counting(data: gn.Dataset, order: int) -> float:
    """Return the bits per character, over the targets of the test split, of a model that counts on the training text.

    A character's probability after the last `order` characters is its frequency there, mixed with its probability
    after one character less, and so on down to all characters alike. Of a context that was seen n times, with k
    different characters behind it, the frequency weighs n / (n + k): interpolation after Witten and Bell (1991), The
    zero-frequency problem, IEEE Transactions on Information Theory 37(4), method C.
    """
    train, test = ((*split.x[0, :1].tolist(), *split.y.ravel().tolist()) for split in (data.train, data.test))
    counts: list[dict[tuple[int, ...], Counter[int]]] = [defaultdict(Counter) for _ in range(order + 1)]
    for place in range(len(train)):
        for length in range(min(order, place) + 1):
            counts[length][train[place - length : place]][train[place]] += 1
    sizes = [{context: counter.total() for context, counter in by_context.items()} for by_context in counts]
    bits = 0.0
    for place in range(1, len(test)):
        probability = 1 / len(data.classes)
        for length in range(min(order, place) + 1):
            context = test[place - length : place]
            if context in sizes[length]:
                seen, kinds = sizes[length][context], len(counts[length][context])
                probability = (counts[length][context][test[place]] + kinds * probability) / (seen + kinds)
        bits -= math.log2(probability)
    return bits / (len(test) - 1)


def test_a_model_that_counts_is_as_good_as_was_worked_out_by_hand() -> None:
    train, test = (
        gn.Split(np.array([list(x)]), np.array([list(y)])) for x, y in [((0, 1, 0), (1, 0, 1)), ((1,), (0,))]
    )
    data = gn.Dataset(train=train, test=test, classes=("a", "b"))

    # "abab", then a behind b. Frequencies: (2 + 2 · 1/2) / (4 + 2) = 1/2; behind b came one a: (1 + 1/2) / (1 + 1).
    assert bits_of_counting(data, 1) == pytest.approx(-math.log2(3 / 4))


@pytest.mark.slow
def test_the_recipe_needs_fewer_bits_than_models_that_count(data: gn.Dataset) -> None:
    assert data.recipe is not None
    network = gn.Network(data.recipe.layers)
    network.fit(data.train, **data.recipe.training())

    bits = network.evaluate(data.test)["loss"] / math.log(2)

    order_3, best = bits_of_counting(data, 3), bits_of_counting(data, 4)
    assert order_3 == pytest.approx(2.18, abs=0.005)
    assert best == pytest.approx(1.98, abs=0.005)
    assert bits < 1.92 < best < order_3
