"""Streams: the events that integrations and landlords' systems read, and the grants for offices' notices."""
