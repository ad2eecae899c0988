"""Stands in the way of `rich` where memory is measured: the tools bring it, and structlog and httpx would load it. An
installation has none."""

raise ImportError("an installation has no rich")
