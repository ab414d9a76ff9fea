"""Components of the laboratory: ours, and with a variant above 0 with a fault of from-scratch code."""
