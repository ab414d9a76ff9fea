"""What a program in Python does to rows, and how it names classes."""

from __future__ import annotations

import attrs

import glassnet as gn


@attrs.frozen
class RowsSource:
    """The parts of a module that have to do with rows: imports, constants, functions and ``predict``."""

    imports: set[str]
    constants: list[str]
    functions: list[str]
    predict: str


_PREDICT = '''
def predict(x):
    """Return the outputs of the network, as net.predict(x) does in glassnet."""
    return outputs(x)
'''


def rows_source(network: gn.Network) -> RowsSource:
    """Return the parts for a network."""
    return RowsSource(set(), [], [], _PREDICT)
