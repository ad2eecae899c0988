"""The streams that integrations and landlords' systems read, and who has which grant."""
