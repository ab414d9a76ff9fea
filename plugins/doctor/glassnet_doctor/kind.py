"""The kind ``rule``: what looks for one reason why a network does not learn."""

from glassnet.registry.kinds import Kind

RULE = Kind(
    "rule",
    "glassnet_doctor.rule:Rule",
    "rules",
    checks="glassnet_testing.checks.rules:RULE_CHECKS",
    template="glassnet_doctor:templates/rule.py.txt",
)
