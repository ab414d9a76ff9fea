"""Training one step at a time: loops of the user's own, and recorded runs that are played again."""
