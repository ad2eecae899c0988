"""Logins at a provider that is not ours."""
