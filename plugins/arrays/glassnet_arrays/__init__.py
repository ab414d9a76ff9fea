"""Arrays of a network by name, which are assigned to: values are checked and copied into the array that is there."""
