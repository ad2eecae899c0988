"""What goes out by letter: each tenant's copy, second letters, letters to offices; and publication after the copies."""
