"""The kernels of softmax and categorical cross-entropy; between them NumPy takes exponentials and logarithms."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators.compiled import compiled
from glassnet_accelerators.pairwise_sum import pairwise_sum


@compiled("void(f4[:, ::1], f4[:, ::1])", "void(f8[:, ::1], f8[:, ::1])", reads="z")
def take_largest_off(z: gn.Array, less: gn.Array) -> None:
    """Write z to `less`, with the largest number of each row taken off."""
    rows, columns = z.shape
    for n in range(rows):
        largest = z[n, 0]
        for k in range(1, columns):
            # A NaN may be passed over: the sum of the row is NaN all the same.
            largest = z[n, k] if z[n, k] > largest else largest
        for k in range(columns):
            less[n, k] = z[n, k] - largest


@compiled("void(f4[:, ::1], f4[::1])", "void(f8[:, ::1], f8[::1])")
def add_up(exponentials: gn.Array, sums: gn.Array) -> None:
    """Write the sum of each row to `sums`."""
    for n in range(len(sums)):
        sums[n] = pairwise_sum(exponentials[n], sums.dtype.type(0))


@compiled(
    "void(f4[:, ::1], i8[::1], f4[::1], f4[::1], f4[:, ::1])",
    "void(f8[:, ::1], i8[::1], f8[::1], f8[::1], f8[:, ::1])",
    reads="labels",
)
def finish_with_labels(z: gn.Array, labels: gn.Array, sums: gn.Array, losses: gn.Array, dz: gn.Array) -> None:
    """Make losses of the logarithms of the sums, and dz of the exponentials."""
    rows, columns = z.shape
    samples = z.dtype.type(rows)
    for n in range(rows):
        label = labels[n]
        if not -columns <= label < columns:
            # Somebody's own loss may hold this one, and not look at the labels. Nothing else guards the memory.
            raise IndexError("a label is none of the classes")
        losses[n] -= z[n, label]
        of_label = dz[n, label] / sums[n] - z.dtype.type(1)
        for k in range(columns):
            dz[n, k] = dz[n, k] / sums[n] / samples
        dz[n, label] = of_label / samples


@compiled(
    "void(f4[:, ::1], f4[:, ::1], f4[::1], f4[::1], f4[:, ::1])",
    "void(f8[:, ::1], f8[:, ::1], f8[::1], f8[::1], f8[:, ::1])",
    reads="t",
)
def finish_with_rows(z: gn.Array, t: gn.Array, sums: gn.Array, losses: gn.Array, dz: gn.Array) -> None:
    """Make losses of the logarithms of the sums, and dz of the exponentials; z is used up."""
    rows, columns = z.shape
    samples = z.dtype.type(rows)
    for n in range(rows):
        for k in range(columns):
            z[n, k] *= t[n, k]
            dz[n, k] = (dz[n, k] / sums[n] - t[n, k]) / samples
        losses[n] -= pairwise_sum(z[n], sums.dtype.type(0))
