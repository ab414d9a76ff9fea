"""Networks as programs that run without glassnet: in Python with NumPy, in C and in JavaScript."""
