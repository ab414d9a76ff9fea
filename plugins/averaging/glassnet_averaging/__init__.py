"""Parameters that a run leaves and did not train with: averages of an optimizer, and a step that it put off."""
