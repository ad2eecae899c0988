"""`/t`: the page that a tenant opens with the code on her copy."""
