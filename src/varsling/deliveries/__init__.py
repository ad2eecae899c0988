"""Letters on their way: their rows, the worker leases that guard them, retries, and the channels that carry them."""
