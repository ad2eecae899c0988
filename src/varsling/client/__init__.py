"""Clients over the public API, as any landlord's or NAV system could write them: `varsling submit` and `follow`."""
