"""What the callback `profile` is made of."""
