"""The doctor: rules that look at a network, its data and its training, and say why it does not learn."""
