"""Options, and the base class of each kind of component."""
