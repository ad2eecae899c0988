"""`make run`: sample notices go the whole way through the real service on this machine."""
