"""Landlords: their rows and locks, who is suspended, and what Enhetsregisteret knows of them."""
