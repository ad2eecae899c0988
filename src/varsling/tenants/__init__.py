"""What belongs to the tenant herself: the codes on her letters, her statements, and her reports of misuse."""
