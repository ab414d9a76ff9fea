"""The faults of the laboratory, by where they are."""
