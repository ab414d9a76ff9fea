"""Random streams, the executor, installed distributions: small things that several packages use."""
