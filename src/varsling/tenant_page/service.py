"""The tenant's page for the packages above: its pages about a sample notice, for `varsling letters preview`."""

from varsling.tenant_page.preview import sample_pages

__all__ = ["sample_pages"]
