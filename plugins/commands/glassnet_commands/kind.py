"""The kind ``command``: what ``glassnet NAME`` runs."""

from glassnet.registry.kinds import Kind

COMMAND = Kind("command", "click:Command", "commands", instances=True, page="glassnet_commands:pages/command.txt")
