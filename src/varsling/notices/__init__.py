"""The landlord's notice: accepted, read, updated, settled, withdrawn."""
