"""The kind ``dataset``: where samples come from."""

import glassnet as gn

DATASET = gn.Kind("dataset", "glassnet_datasets.dataset:DataSource", "datasets")
