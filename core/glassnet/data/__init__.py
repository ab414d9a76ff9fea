"""Samples and targets: checked, converted, and handed out in batches."""
