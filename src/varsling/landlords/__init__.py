"""Landlords as Enhetsregisteret knows them."""
