"""Measurements, as ratios within one run: machines differ, and a shared one differs from minute to minute."""
