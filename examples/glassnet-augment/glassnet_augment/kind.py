"""The kind ``augmentation``: what changes a batch at random before a training step."""

import glassnet as gn

AUGMENTATION = gn.Kind(
    "augmentation",
    "glassnet_augment.augmentation:Augmentation",
    "augmentations",
    checks="glassnet_augment.checks:CHECKS",
    template="glassnet_augment:files/augmentation.py.txt",
    page="glassnet_augment:files/augmentation.txt",
)
