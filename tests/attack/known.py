"""Faults that are known and not mended yet, each with the issue and item where it was filed.

A fault that a driver finds and that is not listed here fails its test; so does one that is listed and not found.
"""

KNOWN: dict[str, str] = {
    "faults: a message with its notes is too long": "issue 18, item 7",
    "faults: a run cannot be continued": "issue 18, kind of item 3: a run whose experiment.toml was not written",
    "fuzz: experiments: takes too much memory": "issue 18, kind of item 14: a dataset of a billion samples",
    "fuzz: summaries: another error": "issue 18, item 15",
    "fuzz: npy and npz: another error": "issue 18, item 15",
}
