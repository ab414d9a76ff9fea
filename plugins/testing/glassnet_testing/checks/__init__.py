"""The checks: a file for each kind of component, and those that several kinds share."""
