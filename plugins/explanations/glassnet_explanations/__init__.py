"""Explanations: every number of one training step, and what each weight's change is the sum of."""
