"""`/o`: the page of a NAV office that got a notice by letter."""
