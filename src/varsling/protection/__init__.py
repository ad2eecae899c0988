"""Tenants whose address is protected: which office has a notice about them, and that nobody can tell (guarantee 10)."""
