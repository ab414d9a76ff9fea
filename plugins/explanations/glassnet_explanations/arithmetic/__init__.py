"""The arithmetic of a layer, element by element, from the record of its tape."""
