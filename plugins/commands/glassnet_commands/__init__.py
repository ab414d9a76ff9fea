"""The commands of `glassnet` on the command line, one a file."""
