"""What an error message adds: likely mistakes, and installs that have to be repeated."""
