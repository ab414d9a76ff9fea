"""Sweeps: what a setting does, by trainings that differ in it."""
