"""Model files, checkpoints, run folders and experiment files."""
