"""The kernels of dense for small networks: the products of its formulas, written out.

They look at the arrays themselves. To look at six arrays from outside takes longer than to multiply.
"""

from __future__ import annotations

import numpy as np

import glassnet as gn
from glassnet_accelerators.array_arguments import doubles, shape_of, singles, truth, type_if_plain, words_at
from glassnet_accelerators.compiled import address_of, compiled_within
from glassnet_machine_code.compiler import builtin_at

_SINGLE, _DOUBLE = np.dtype(np.float32).num, np.dtype(np.float64).num


@compiled_within
def _put_outputs(x: gn.Array, weights: gn.Array, bias: gn.Array, y: gn.Array) -> None:
    for i in range(x.shape[0]):
        for j in range(weights.shape[1]):
            y[i, j] = bias[0, j] if bias.size > 0 else 0
        for k in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                y[i, j] += x[i, k] * weights[k, j]


@compiled_within
def _put_gradients(
    x: gn.Array, weights: gn.Array, dy: gn.Array, dweights: gn.Array, dbias: gn.Array, dx: gn.Array
) -> None:
    dweights[:] = 0
    dbias[:] = 0
    for i in range(x.shape[0]):
        for j in range(dbias.size):
            dbias[0, j] += dy[i, j]
        for k in range(x.shape[1]):
            for j in range(dy.shape[1]):
                dweights[k, j] += x[i, k] * dy[i, j]
    for i in range(dx.shape[0]):
        for k in range(dx.shape[1]):
            dx[i, k] = 0
            for j in range(dy.shape[1]):
                dx[i, k] += dy[i, j] * weights[k, j]


@compiled_within
def _fit(x: int, weights: int, bias: int, y: int) -> bool:
    """Tell whether arrays of a layer have shapes that fit each other; a bias without numbers is none."""
    of_x, of_weights, of_y, numbers = shape_of(x), shape_of(weights), shape_of(y), shape_of(bias)[0]
    has_rows = of_x[0] == of_y[0] and of_x[1] == of_weights[0]
    return bool(has_rows and of_weights[1] == of_y[1] and numbers in (0, of_y[1]))


@address_of("i8(i8, i8, i8)")
def _outputs(_: int, arguments: int, count: int) -> int:
    given = words_at(arguments, count)
    x, weights, bias, y = given[0], given[1], given[2], given[3]
    kind = type_if_plain(x, y, 2, False)
    is_plain = kind == type_if_plain(weights, y, 2, False) == type_if_plain(bias, y, 1, False)
    if not (is_plain and kind in (_SINGLE, _DOUBLE) and _fit(x, weights, bias, y)):
        return truth(0)  # type: ignore[no-any-return]
    if kind == _SINGLE:
        _put_outputs(singles(x), singles(weights), singles(bias), singles(y))
    else:
        _put_outputs(doubles(x), doubles(weights), doubles(bias), doubles(y))
    return truth(1)  # type: ignore[no-any-return]


@address_of("i8(i8, i8, i8)")
def _gradients(_: int, arguments: int, count: int) -> int:
    given = words_at(arguments, count)
    x, weights, dy, dweights, dbias, dx = given[0], given[1], given[2], given[3], given[4], given[5]
    kind = type_if_plain(x, dx, 2, False)
    is_read = kind == type_if_plain(weights, dx, 2, False) == type_if_plain(dy, dx, 2, False)
    is_written = kind == type_if_plain(dweights, dx, 2, True) == type_if_plain(dbias, dx, 1, True)
    is_known = is_read and is_written and kind in (_SINGLE, _DOUBLE)
    if not (is_known and _fit(x, weights, dbias, dy) and _fit(x, dweights, dbias, dy)):
        return truth(0)  # type: ignore[no-any-return]
    if kind == _SINGLE:
        _put_gradients(singles(x), singles(weights), singles(dy), singles(dweights), singles(dbias), singles(dx))
    else:
        _put_gradients(doubles(x), doubles(weights), doubles(dy), doubles(dweights), doubles(dbias), doubles(dx))
    return truth(1)  # type: ignore[no-any-return]


# Of (x, weights, bias, y), put ``x W + b`` into y, which was just made. Return whether it is done: not if the arrays do
# not fit each other, or are not plain. A bias without numbers is none.
outputs = builtin_at(_outputs, "outputs")

# Of (x, weights, dy, dweights, dbias, dx), put ``x^T dy`` into dweights, the sum of dy over the batch into dbias, and
# ``dy W^T`` into dx, which was just made, unless it has no rows. Return whether it is done, as above.
gradients = builtin_at(_gradients, "gradients")
