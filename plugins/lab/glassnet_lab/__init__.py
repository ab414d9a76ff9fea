"""The bug laboratory: trainings with a hidden fault, to practise finding it."""
