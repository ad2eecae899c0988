"""The law and the project's vocabulary. It is pure: it knows nothing of databases, HTTP or other packages."""
