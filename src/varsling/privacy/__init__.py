"""What keeps personal data where it belongs: keys, encryption at rest, blind indexes, and the audit trail."""
