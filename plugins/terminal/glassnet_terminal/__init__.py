"""Standard error as a place for remarks, and what is printed there."""
