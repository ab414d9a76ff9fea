"""The kind ``compression``: how gradients travel between the processes that share a training."""

import glassnet as gn

COMPRESSION = gn.Kind(
    "compression",
    "glassnet_distributed.compression:Compression",
    "compressions",
    checks="glassnet_testing.checks.compressions:COMPRESSION_CHECKS",
    template="glassnet_distributed:templates/compression.py.txt",
)
