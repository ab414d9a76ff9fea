"""The kind ``augmentation``: what changes a batch at random before a training step."""

import glassnet as gn

AUGMENTATION = gn.Kind(
    "augmentation",
    "glassnet_augmentations.augmentation:Augmentation",
    "augmentations",
    checks="glassnet_testing.checks.augmentations:AUGMENTATION_CHECKS",
    template="glassnet_augmentations:templates/augmentation.py.txt",
)
