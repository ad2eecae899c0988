"""What belongs to the tenant herself: the code on her copy."""
