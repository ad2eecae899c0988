"""Channels, the ways by which a letter leaves: one protocol, and an adapter for each channel."""
