"""What changes notices: each command owns a transaction, names what it locks, and decides on what is locked."""
