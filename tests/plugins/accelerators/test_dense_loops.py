"""The code of dense for small networks looks at its arguments itself: it leaves alone what does not fit."""

import numpy as np
import pytest

import glassnet as gn
from glassnet_accelerators.dense_by_loops import DenseByLoops
from glassnet_accelerators.dense_loops import dense_loops
from tests.plugins.accelerators.test_plain_arrays import derived, not_aligned, read_only

ROWS, FEATURES, UNITS = 3, 4, 2


def arrays(dtype="float32", **other):
    """Return whole numbers, whose products are exact, by the names of the kernels; `other` replaces some."""
    rng = np.random.default_rng(0)
    shapes = {
        "x": (ROWS, FEATURES),
        "weights": (FEATURES, UNITS),
        "bias": (UNITS,),
        "dy": (ROWS, UNITS),
        "y": (ROWS, UNITS),
        "dweights": (FEATURES, UNITS),
        "dbias": (UNITS,),
        "dx": (ROWS, FEATURES),
    }
    return {name: rng.integers(-4, 5, shape).astype(dtype) for name, shape in shapes.items()} | other


def turned(array):
    """Return an equal array in another order of the memory."""
    return np.asfortranarray(array)


def forward(given, char="f"):
    return dense_loops(char).outputs(*[given[name] for name in ("x", "weights", "bias", "y")]) == 0


def backward(given, char="f"):
    return (
        dense_loops(char).gradients(*[given[name] for name in ("x", "weights", "dy", "dweights", "dbias", "dx")]) == 0
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_plain_arrays_are_computed(dtype):
    given = arrays(dtype)
    assert (forward(given, given["x"].dtype.char), backward(given, given["x"].dtype.char)) == (True, True)
    np.testing.assert_array_equal(given["y"], given["x"] @ given["weights"] + given["bias"])
    np.testing.assert_array_equal(given["dweights"], given["x"].T @ given["dy"])
    np.testing.assert_array_equal(given["dbias"], given["dy"].sum(axis=0))
    np.testing.assert_array_equal(given["dx"], given["dy"] @ given["weights"].T)


def test_the_gradient_of_inputs_is_left_out_if_it_has_no_rows():
    given = arrays(dx=np.empty((0, FEATURES), np.float32))
    assert backward(given)
    np.testing.assert_array_equal(given["dweights"], given["x"].T @ given["dy"])


NOT_ARRAYS = [None, 3, 2.5, "text", [1.0, 2.0], np.float32(1), object()]
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "x": [(ROWS, FEATURES + 1), (ROWS + 1, FEATURES), (ROWS, FEATURES, 1), (FEATURES,)],
    "weights": [(FEATURES, UNITS + 1), (FEATURES - 1, UNITS), (FEATURES * UNITS,)],
    "bias": [(UNITS + 1,), (1, UNITS), ()],
    "dy": [(ROWS, UNITS + 1), (ROWS - 1, UNITS), (ROWS, 1, UNITS)],
    "dweights": [(FEATURES, UNITS - 1), (FEATURES + 1, UNITS)],
    "dbias": [(UNITS - 1,), (UNITS, 1)],
}
WRONG_SHAPES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]


def left(given):
    """Return the kernels that say that they did nothing, and did nothing."""
    before = {name: np.copy(given[name]) for name in ("y", "dweights", "dbias", "dx")}
    kernels = [kernel for kernel in (forward, backward) if not kernel(given)]
    changed = {name for name, values in before.items() if values.tobytes() != given[name].tobytes()}
    assert forward not in kernels or "y" not in changed
    assert backward not in kernels or not changed - {"y"}
    return kernels


@pytest.mark.parametrize(("name", "shape"), WRONG_SHAPES)
def test_other_shapes_are_left_alone(name, shape):
    takes_it = {"bias": [forward], "dy": [backward], "dweights": [backward], "dbias": [backward]}
    assert left(arrays(**{name: np.ones(shape, np.float32)})) == takes_it.get(name, [forward, backward])


@pytest.mark.parametrize("other", [*NOT_ARRAYS, np.ones((ROWS, FEATURES)), np.ones((ROWS, FEATURES), np.int32)])
def test_other_objects_and_types_are_left_alone(other):
    assert left(arrays(x=other)) == [forward, backward]


@pytest.mark.parametrize("dtype", ["int32", "float16", "float64", "complex64", ">f4"])
def test_other_types_are_left_alone(dtype):
    assert left(arrays(dtype)) == [forward, backward]


@pytest.mark.parametrize("awkward", [not_aligned, turned, derived])
def test_kernels_leave_awkward_arrays_and_the_layer_copies_them(awkward):
    given = arrays()
    plain = given["x"]
    given["x"] = awkward(plain)
    assert left(given) == [forward, backward]
    layer = gn.Network([DenseByLoops(gn.layers.dense(UNITS))]).build((FEATURES,)).layers[0]
    with gn.Network([gn.layers.dense(UNITS)]).build((FEATURES,)).workspace(training=True) as ctx:
        y, rows = layer.forward({"weights": given["weights"], "bias": given["bias"]}, given["x"], ctx)
    np.testing.assert_array_equal(y, plain @ given["weights"] + given["bias"])
    np.testing.assert_array_equal(rows, plain)


def test_read_only_arrays_are_read_and_not_written():
    given = arrays()
    given |= {name: read_only(given[name]) for name in ("x", "weights", "bias", "dy")}
    assert (forward(given), backward(given)) == (True, True)
    given["dweights"] = read_only(given["dweights"])
    assert not backward(given)
