"""Letters on paper: what they say (`content`), in whose words (`texts/`), and the PDF (`render`)."""
