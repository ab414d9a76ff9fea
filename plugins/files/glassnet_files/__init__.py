"""Files that are written whole or not at all, locks on files, and histories as CSV."""
