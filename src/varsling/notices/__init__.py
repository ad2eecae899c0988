"""Notices: a landlord's system sends, changes and ends them; offices read, acknowledge and forward them."""
