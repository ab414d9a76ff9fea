"""The rules of the doctor, one a file."""
