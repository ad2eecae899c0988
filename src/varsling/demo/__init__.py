"""`make run`: the whole way of a notice, shown with sample notices against the real service on this machine."""
