"""The kind ``format``: what a network is written as, and read from."""

from glassnet.registry.kinds import Kind

FORMAT = Kind(
    "format",
    "glassnet_persistence.format:Format",
    "formats",
    checks="glassnet_testing.checks.formats:FORMAT_CHECKS",
    template="glassnet_persistence:templates/format.py.txt",
)
