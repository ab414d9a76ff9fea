"""The kind ``corruption``: what damages a batch at random before a training step."""

import glassnet as gn

CORRUPTION = gn.Kind(
    "corruption",
    "glassnet_corrupt.corruption:Corruption",
    "corruptions",
    checks="glassnet_corrupt.checks:CHECKS",
    template="glassnet_corrupt:files/corruption.py.txt",
    page="glassnet_corrupt:files/corruption.txt",
)
