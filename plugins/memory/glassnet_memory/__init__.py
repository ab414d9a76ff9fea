"""The memory that is left, compared with what a request takes before it is taken."""
