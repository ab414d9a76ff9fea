"""The kind ``report``: what shows a network, a run or its history."""

from glassnet.registry.kinds import Kind

REPORT = Kind(
    "report",
    "glassnet_reports.report:Report",
    "reports",
    checks="glassnet_testing.checks.reports:REPORT_CHECKS",
    template="glassnet_reports:templates/report.py.txt",
)
