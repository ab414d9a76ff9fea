"""The cases that components are tried on: inputs, targets, options, conditions, short runs."""
