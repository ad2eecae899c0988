"""Offices: from a dwelling to the NAV office that serves it, by the bundled register and outside registers."""
