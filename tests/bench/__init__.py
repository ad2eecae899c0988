"""Measures the service's figures: `make bench`. It is no test: a slow machine breaks no build."""
