"""A tenant's reservation against notices (husleieloven § 9-11 first paragraph, last sentence)."""
