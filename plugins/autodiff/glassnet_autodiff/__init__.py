"""The tape: derivatives of components that have a forward alone, and checks of those that are written."""
