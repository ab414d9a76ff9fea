"""The kind ``accelerator``: what replaces a component by something faster while a network is trained."""

from glassnet.registry.kinds import Kind

ACCELERATOR = Kind(
    "accelerator",
    "glassnet_accelerators.accelerator:Accelerator",
    "accelerators",
    template="glassnet_accelerators:templates/accelerator.py.txt",
)
