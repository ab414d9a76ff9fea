"""The strategies that come with glassnet, one a file."""
