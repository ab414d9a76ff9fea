"""Options: the settings of components, declared once, converted and checked."""
