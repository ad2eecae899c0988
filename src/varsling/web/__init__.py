"""The HTTP side: the app, request bodies, answers and problems, limits, health, the developers' pages."""
