"""Tables: files and data frames with named columns, from their cells to predictions in the units of the target."""
