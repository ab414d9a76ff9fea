"""Specs, kinds, entry points and the registry: from a name to a component."""
