"""Names: components as attributes of the package, the nearest of several names, and names for a while."""
