"""Random streams, files, work memory: small things that several packages use."""
