"""The trace of a batch and its drawing, the summary, plots."""
