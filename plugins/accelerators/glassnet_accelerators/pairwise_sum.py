"""Sums in the order in which NumPy adds: pairwise, and so to the same bytes."""

from __future__ import annotations

import glassnet as gn
from glassnet_accelerators.compiled import compiled


@compiled("f4(f4[::1], f4)", "f8(f4[::1], f8)", "f8(f8[::1], f8)")
def pairwise_sum(numbers: gn.Array, zero: float) -> float:
    """Return the value of `np.sum(numbers)`, added up in the precision of `zero`.

    Eight running sums up to 128 numbers, and of more the sum of both halves: Higham (1993), The Accuracy of Floating
    Point Summation, SIAM Journal on Scientific Computing 14(4), in the form that NumPy gives it (``pairwise_sum``).
    """
    count = len(numbers)
    if count < 8:
        for number in numbers:
            zero += number
        return zero
    if count > 128:
        half = count // 2 // 8 * 8
        return pairwise_sum(numbers[:half], zero) + pairwise_sum(numbers[half:], zero)
    s0, s1, s2, s3 = zero + numbers[0], zero + numbers[1], zero + numbers[2], zero + numbers[3]
    s4, s5, s6, s7 = zero + numbers[4], zero + numbers[5], zero + numbers[6], zero + numbers[7]
    eights = count // 8 * 8
    for i in range(8, eights, 8):
        s0 += numbers[i]
        s1 += numbers[i + 1]
        s2 += numbers[i + 2]
        s3 += numbers[i + 3]
        s4 += numbers[i + 4]
        s5 += numbers[i + 5]
        s6 += numbers[i + 6]
        s7 += numbers[i + 7]
    total: float = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for i in range(eights, count):
        total += numbers[i]
    return total
