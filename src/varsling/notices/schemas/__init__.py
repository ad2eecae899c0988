"""The bodies and answers of the notices' routes."""
