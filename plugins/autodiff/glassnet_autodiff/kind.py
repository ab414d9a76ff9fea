"""The kind ``derivative``: rules for functions whose derivative the tape does not know."""

from glassnet.registry.kinds import Kind

DERIVATIVE = Kind(
    "derivative",
    "glassnet_autodiff.derivative_rules:DerivativeRules",
    "derivatives",
    instances=True,
    template="glassnet_autodiff:templates/derivative.py.txt",
)
