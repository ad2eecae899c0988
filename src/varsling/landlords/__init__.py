"""Landlords: their rows and locks, their suspension, and their registration in Enhetsregisteret."""
