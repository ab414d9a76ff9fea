"""The kind ``plot``: what draws a network or its training."""

from glassnet.registry.kinds import Kind

PLOT = Kind(
    "plot",
    "glassnet_plots.plot:Plot",
    "plots",
    checks="glassnet_testing.checks.plots:PLOT_CHECKS",
    template="glassnet_plots:templates/plot.py.txt",
)
