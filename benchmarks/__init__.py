"""Measurements, as ratios within one run: machines differ, and a shared one differs from minute to minute.

``python -m benchmarks --help`` says how to measure everything, or a part, and how to write ``docs/performance.md``.
"""

import os

# As it was set when the process began: glassnet adds to it when it is imported.
ENVIRONMENT = dict(os.environ)

import glassnet as glassnet  # noqa: E402  # in every process before NumPy, as its users do: see its first lines
