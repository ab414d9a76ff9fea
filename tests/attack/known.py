"""Faults that are known and not mended yet, each with the issue and item where it was filed.

A fault that a driver finds and that is not listed here fails its test; so does one that is listed and not found.
"""

KNOWN: dict[str, str] = {}
