"""Schedules that ship with glassnet, one a file."""
