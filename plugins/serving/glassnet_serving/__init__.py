"""``glassnet serve``: predictions of a trained network over HTTP."""
