"""The kind ``transform``: what makes numbers for a network of the columns of a table."""

from glassnet.registry.kinds import Kind

TRANSFORM = Kind(
    "transform",
    "glassnet_tables.transform:Transform",
    "transforms",
    checks="glassnet_testing.checks.transforms:TRANSFORM_CHECKS",
    template="glassnet_tables:templates/transform.py.txt",
)
