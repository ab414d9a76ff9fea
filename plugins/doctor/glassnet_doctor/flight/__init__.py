"""The flight recorder: the step in which a training arrived at NaN or infinity, kept, repeated and explained."""
