"""The application: it puts the features' routes together, starts the server, and answers for its own health."""
