"""Letters and pages in the tenant's language: texts, the content that fills them, and the rendering to PDF."""
