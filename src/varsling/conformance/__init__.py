"""The conformance server: a real service over a bad network, to test a client of the stream against."""
