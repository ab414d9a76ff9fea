"""Faults that are known and not mended yet, each with its item of issue 18.

A fault that a driver finds and that is not listed here fails its test; so does one that is listed and not found.
"""

KNOWN: dict[str, str] = {}
