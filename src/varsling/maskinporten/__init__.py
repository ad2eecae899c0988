"""Maskinporten as a client: our own key pair, and access tokens for the systems that letters go through."""
