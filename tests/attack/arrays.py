"""Give hostile arrays to `fit` and `predict`: each row of the table names the right outcome.

``same`` means the bytes that the plain float32 array with the same numbers gives. ``trains`` means a finite network.
The name of an error means that error, with a short message.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import glassnet as gn
from tests.attack.children import described, in_child
from tests.attack.report import Report

SHORT = FULL = 1
_LONGEST_MESSAGE = 1000
_RNG = np.random.default_rng(0)
X = _RNG.normal(size=(40, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
T = X[:, :1] * 2
_ONES = np.ones(40)

_CLASSES: dict[str, Any] = {"layers": "dense(4) relu dense(2) softmax", "loss": "cce"}
_REGRESSION: dict[str, Any] = {"layers": "dense(4) tanh dense(1)", "loss": "mse"}
_BINARY: dict[str, Any] = {"layers": "dense(1) sigmoid", "loss": "bce"}
_IDS: dict[str, Any] = {"layers": "embedding(5, 4) flatten dense(2) softmax", "loss": "cce"}


class _Subclass(np.ndarray):
    """A subclass whose elements are all one where NumPy's functions see it."""

    def __array_wrap__(self, array: Any, *_: Any) -> Any:
        return np.ones_like(array)


class _OnlyShape:
    """An object with the shape of an array and without its elements."""

    shape, dtype, ndim = (40, 4), np.dtype(np.float32), 2

    def __len__(self) -> int:
        return 40


def _changed(array: np.ndarray, place: Any, value: Any) -> np.ndarray:
    changed = array.copy()
    changed[place] = value
    return changed


def _mapped(folder: Path) -> np.ndarray:
    np.save(folder / "x.npy", X)
    return np.load(folder / "x.npy", mmap_mode="r")


def _locked() -> np.ndarray:
    locked = X.copy()
    locked.setflags(write=False)
    return locked


def _unaligned() -> np.ndarray:
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(np.float32).reshape(X.shape)
    assert not unaligned.flags.aligned
    return unaligned


def inputs() -> Iterator[tuple[str, str, Any]]:
    """Iterate over samples: a name, the right outcome, and the samples, or a function of a folder."""
    yield "plain", "same", X
    yield "float64", "same", X.astype(np.float64)
    yield "float16", "same", X.astype(np.float16)
    yield "longdouble", "same", X.astype(np.longdouble)
    yield "big-endian", "same", X.astype(">f4")
    yield "Fortran order", "same", np.asfortranarray(X)
    yield "negative strides", "same", X[::-1, ::-1]
    yield "every second row", "same", np.repeat(X, 2, axis=0)[::2]
    yield "transposed view", "same", np.ascontiguousarray(X.T).T
    yield "broadcast", "same", np.broadcast_to(X[:1], X.shape)
    yield "not aligned", "same", _unaligned()
    yield "read-only", "same", _locked()
    yield "memory-mapped", "trains", _mapped
    yield "list of lists", "same", X.tolist()
    yield "list of arrays", "same", list(X)
    yield "bool", "same", X > 0
    yield "int8", "same", (10 * X).astype(np.int8)
    yield "int64", "same", (10 * X).astype(np.int64)
    yield "uint64", "same", (10 * np.abs(X)).astype(np.uint64)
    yield "uint8 table", "same", (10 * np.abs(X)).astype(np.uint8)
    yield "object of numbers", "same or DataError", X.astype(object)
    yield "numpy.matrix", "same", np.matrix(X)
    yield "subclass", "same", X.view(_Subclass)
    yield "negative zero", "same", -np.zeros_like(X)
    yield "denormal", "same", X * np.float32(1e-42)
    yield "constant", "same", np.ones_like(X)
    yield "one sample", "trains", X[:1]
    yield "masked, nothing hidden", "same", np.ma.masked_array(X, np.zeros(X.shape, bool))
    yield "masked", "DataError", np.ma.masked_array(X, X > 0)
    yield "NaN", "DataError", _changed(X, (3, 2), np.nan)
    yield "infinity", "DataError", _changed(X, (3, 2), np.inf)
    yield "minus infinity", "DataError", _changed(X, (39, 3), -np.inf)
    yield "too large for float32", "DataError", _changed(X.astype(np.float64), (3, 2), 1e300)
    yield "complex", "DataError", X + 1j
    yield "complex without imaginary part", "DataError", X.astype(np.complex64)
    yield "strings", "DataError", X.astype(str)
    yield "bytes", "DataError", X.astype("S8")
    yield "object of strings", "DataError", X.astype(str).astype(object)
    yield "object with None", "DataError", _changed(X.astype(object), (3, 2), None)
    yield "object of arrays", "DataError", _changed(X.astype(object), (3, 2), np.zeros(2))
    yield "datetime64", "DataError", np.full(X.shape, np.datetime64("2020-01-01"))
    yield "timedelta64", "DataError", np.full(X.shape, np.timedelta64(1, "D"))
    yield "structured", "DataError or ShapeError", np.zeros(40, [("a", "f4"), ("b", "f4")])
    yield "void", "DataError", np.zeros((40, 4), "V8")
    yield "ragged lists", "DataError", [[1.0, 2.0], [3.0]] * 20
    yield "ragged objects", "DataError or ShapeError", np.array([[1, 2], [3]] * 20, dtype=object)
    yield "empty", "DataError", X[:0]
    yield "no features", "ShapeError or DataError", X[:, :0]
    yield "0-d", "DataError", np.float32(1)
    yield "a number", "DataError", 1.0
    yield "None", "DataError", None
    yield "text", "DataError", "abc"
    yield "bytes object", "DataError", b"abc"
    yield "a dict", "DataError", {"a": 1}
    yield "a set", "DataError", {1, 2}
    yield "a type", "DataError", int
    yield "looks like an array", "DataError", _OnlyShape()
    yield "fewer samples than targets", "DataError or ShapeError", X[:39]
    yield "more samples than targets", "DataError or ShapeError", np.vstack([X, X[:1]])


def targets() -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Iterate over targets: a name, the right outcome, the network, and the targets."""
    wrong = "DataError or ShapeError"
    yield "labels", "same", _CLASSES, Y
    yield "labels as float", "same", _CLASSES, Y.astype(np.float32)
    yield "labels as bool", "same", _CLASSES, Y > 0
    yield "labels big-endian", "same", _CLASSES, Y.astype(">i8")
    yield "labels int8", "same", _CLASSES, Y.astype(np.int8)
    yield "labels uint64", "same", _CLASSES, Y.astype(np.uint64)
    yield "labels as a column", "same or ShapeError", _CLASSES, Y[:, None]
    yield "labels read-only and strided", "same", _CLASSES, np.repeat(Y, 3)[::3]
    yield "labels as a list", "same", _CLASSES, Y.tolist()
    yield "one class", "trains", _CLASSES, np.zeros(40, int)
    yield "one-hot", "trains", _CLASSES, np.eye(2)[Y]
    yield "labels of 0.5", wrong, _CLASSES, Y * 0.5
    yield "labels negative", wrong, _CLASSES, Y - 1
    yield "labels too large", wrong, _CLASSES, Y + 1
    yield "labels of 2**63", wrong, _CLASSES, np.full(40, 2**63, np.uint64)
    yield "labels complex", wrong, _CLASSES, Y + 1j
    yield "labels NaN", wrong, _CLASSES, np.where(Y, np.nan, 0.0)
    yield "labels masked", wrong, _CLASSES, np.ma.masked_array(Y, Y > 0)
    yield "labels with None", wrong, _CLASSES, np.array([None] + [0] * 39)
    yield "labels as a row", wrong, _CLASSES, Y[None]
    yield "one-hot with three axes", wrong, _CLASSES, np.eye(2)[Y][..., None]
    yield "one-hot negative", wrong, _CLASSES, -np.eye(2)[Y]
    yield "one target too many", wrong, _CLASSES, np.zeros(41, int)
    yield "no targets", wrong, _CLASSES, None
    yield "numbers", "trains", _REGRESSION, T
    yield "numbers as integers", "trains", _REGRESSION, Y[:, None]
    yield "numbers NaN", wrong, _REGRESSION, _changed(T, 3, np.nan)
    yield "numbers infinite", wrong, _REGRESSION, _changed(T, 3, np.inf)
    yield "numbers too large for float32", wrong, _REGRESSION, _changed(T.astype(np.float64), 3, 1e300)
    yield "numbers as text", wrong, _REGRESSION, T.astype(str)
    yield "binary", "trains", _BINARY, Y
    yield "binary of 0 and 2", wrong, _BINARY, 2 * Y
    yield "binary of -1 and 1", wrong, _BINARY, 2 * Y - 1


def settings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Iterate over the other arguments of `fit`: a name, the right outcome, and the arguments."""
    wrong = "DataError or OptionError or ShapeError"
    for name, weights in {
        "NaN": np.full(40, np.nan),
        "infinite": np.full(40, np.inf),
        "negative": -_ONES,
        "all zero": 0 * _ONES,
        "complex": _ONES + 1j,
        "as text": ["a"] * 40,
        "too few": np.ones(39),
        "a single one": 1.0,
    }.items():
        yield f"weights {name}", wrong, {"sample_weight": weights}
    yield "weights of 1", "same", {"sample_weight": _ONES}
    yield "class weights without a class", wrong, {"class_weight": {0: 1.0}}
    yield "class weights negative", wrong, {"class_weight": {0: -1.0, 1: 1.0}}
    yield "class weights as text", wrong, {"class_weight": {"0": "a", "1": "b"}}
    for value in (0.0, 1.0, -0.1, float("nan"), "0.1", True):
        yield f"validation {value!r}", wrong, {"validation": value}
    yield "validation empty", wrong, {"validation": (X[:0], Y[:0])}
    yield "validation of another shape", wrong, {"validation": (X[:, :3], Y)}
    yield "validation NaN", wrong, {"validation": (X * np.nan, Y)}
    yield "validation with other labels", wrong, {"validation": (X, Y + 5)}
    for value in (0, -1, 2.5, "8", float("nan"), float("inf")):
        yield f"batch_size {value!r}", wrong, {"batch_size": value}
    yield "batch_size 2**63", "trains", {"batch_size": 2**63}
    yield "batch_size numpy.int64", "trains", {"batch_size": np.int64(8)}
    for value in (0, -1, 1.5, "2", True):
        yield f"epochs {value!r}", wrong, {"epochs": value}
    for value in (-1, 0.5, "a", None):
        yield f"seed {value!r}", wrong, {"seed": value}
    yield "seed 2**200", "trains", {"seed": 2**200}
    yield "ids negative", wrong, {**_IDS, "x": np.full((40, 3), -1)}
    yield "ids too large", wrong, {**_IDS, "x": np.full((40, 3), 5)}
    yield "ids of 1.5", wrong, {**_IDS, "x": np.full((40, 3), 1.5)}
    yield "ids of 2**63", wrong, {**_IDS, "x": np.full((40, 3), 2**63, np.uint64)}
    yield "batches of another shape", wrong, {"x": [(X[:4], Y[:4]), (X[:4, :3], Y[:4])], "y": None}
    yield "batches NaN", wrong, {"x": [(X[:4], Y[:4]), (X[:4] * np.nan, Y[:4])], "y": None}
    yield "batches without samples", wrong, {"x": [(X[:4], Y[:4]), (X[:0], Y[:0])], "y": None}
    yield "batches with negative weights", wrong, {"x": [(X[:4], Y[:4], -np.ones(4))], "y": None}


def attack(rounds: int, seed: int) -> Report:
    """Try the whole table; nothing is random, so `rounds` and `seed` change nothing."""
    report = Report("arrays", {"rows": 0, "the same bytes": 0, "trained": 0, "refused": 0})
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        ending = in_child(_try_all, Path(folder))
    if ending.how != "done":
        report.fault("the process dies", f"{ending.how} {ending.message}")
    for name, expected, found, message in ending.value or ():
        report.count("rows")
        if found not in expected.split(" or "):
            report.fault(name, f"{found} instead of {expected}: {message}")
        else:
            report.count({"same": "the same bytes", "trains": "trained"}.get(found, "refused"))
    return report


def _try_all(folder: Path) -> list[tuple[str, str, str, str]]:
    warnings.simplefilter("ignore")
    return [(name, expected, *_outcome(expected, call)) for name, expected, call in _rows(folder)]


def _rows(folder: Path) -> Iterator[tuple[str, str, Callable[[bool], bytes]]]:
    for name, expected, x in inputs():
        given = x(folder) if callable(x) and x is not int else x
        y = Y[:1] if name == "one sample" else Y
        yield f"fit, x {name}", expected, lambda plain, x=given, y=y: _fitted(_plain(x) if plain else x, y)
        if "samples than targets" not in name:
            on_prediction = "same" if name in ("one sample", "memory-mapped") else expected
            yield f"predict, x {name}", on_prediction, lambda plain, x=given: _predicted(_plain(x) if plain else x)
    for name, expected, network, y in targets():
        yield f"fit, y {name}", expected, lambda plain, n=network, y=y: _fitted(X, Y if plain else y, **n)
    for name, expected, options in settings():
        arguments = {"x": X, "y": Y, **options}
        yield f"fit, {name}", expected, lambda plain, a=arguments: _fitted(X, Y) if plain else _fitted(**a)


def _outcome(expected: str, call: Callable[[bool], bytes]) -> tuple[str, str]:
    try:
        got = call(False)
        if "same" not in expected.split(" or "):
            return "trains", ""
        return ("same", "") if got == call(True) else ("other bytes", "")
    except gn.GlassnetError as error:
        names = [each.__name__ for each in type(error).__mro__]
        known = [name for name in expected.split(" or ") if name in names]
        if known and len(str(error)) > _LONGEST_MESSAGE:
            return "a message that is too long", str(error)[:200]
        return known[0] if known else names[0], str(error)
    except Exception as error:
        return "another error", described(error)


def _fitted(x: Any, y: Any, layers: str = _CLASSES["layers"], loss: str = "cce", **options: Any) -> bytes:
    network = gn.Network(layers)
    network.fit(x, y, loss=loss, optimizer="adam", progress=False, **{"epochs": 2, **options})
    if not np.isfinite(network.flat_parameters).all():
        raise ArithmeticError("the network is not finite")
    return network.flat_parameters.tobytes()


def _predicted(x: Any) -> bytes:
    outputs = gn.Network(_CLASSES["layers"]).build((4,)).predict(x)
    if type(outputs) is not np.ndarray:
        raise TypeError(f"the outputs are a {type(outputs).__name__}")
    return outputs.tobytes()


def _plain(x: Any) -> np.ndarray:
    """Return the same numbers as a plain float32 array."""
    if isinstance(x, np.ndarray):
        x = x.view(np.ndarray) if x.dtype != object else x
    return np.array(np.asarray(x).tolist(), np.float32).reshape(np.shape(x))
