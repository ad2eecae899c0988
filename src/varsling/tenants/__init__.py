"""The tenant's own data: the codes on her letters, her statements, and her reports of misuse."""
