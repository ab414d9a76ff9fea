"""The kit's own machine: what is checked, by which checks, and what is reported."""
