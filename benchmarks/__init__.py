"""Measurements, as ratios within one run: machines differ, and a shared one differs from minute to minute.

``python -m benchmarks --help`` says how to measure everything, or a part, and how to write ``docs/performance.md``.
"""
