"""Two kernels that are compiled in a moment: a function, and a ufunc of NumPy."""

from glassnet_accelerators.compiled import compiled, compiled_ufunc


@compiled("void(f8[:], f8[:])")
def doubled(x, y):
    for i in range(len(x)):
        y[i] = 2 * x[i]


@compiled_ufunc("void(f8[:], f8[:])", "(n)->(n)")
def tripled(x, y):
    for i in range(len(x)):
        y[i] = 3 * x[i]
