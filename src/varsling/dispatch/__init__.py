"""A letter from the queue to its outcome: the worker takes it, composes and renders it, hands it to a channel."""
