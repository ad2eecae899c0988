"""The routes of notices: for landlords' systems, for their changes, and for NAV offices' systems."""
