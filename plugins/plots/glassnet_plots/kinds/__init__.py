"""The plots that come with glassnet."""
