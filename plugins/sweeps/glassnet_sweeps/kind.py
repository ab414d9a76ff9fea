"""The kind ``strategy``: what chooses the settings of the next trial of a sweep."""

from glassnet.registry.kinds import Kind

STRATEGY = Kind(
    "strategy",
    "glassnet_sweeps.strategy:Strategy",
    "strategies",
    checks="glassnet_sweeps.checks:STRATEGY_CHECKS",
    template="glassnet_sweeps:templates/strategy.py.txt",
)
