"""Images: decoded from files, brought to one size, and read as a dataset from folders, tables of labels and arrays."""
