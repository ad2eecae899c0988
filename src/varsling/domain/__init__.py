"""The law and the words: pure, and knowing nothing of databases, HTTP or other features."""
