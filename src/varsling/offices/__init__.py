"""From a dwelling to the NAV office that serves it: the bundled register, and what is asked of it."""
