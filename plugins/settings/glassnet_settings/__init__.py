"""The variables ``GLASSNET_…``, also given in ``pyproject.toml``."""
