"""`letters`: the letters and pages that tenants, offices and landlords read."""

from importlib import resources
from pathlib import Path

import click

from varsling.dispatch.service import sample_letters
from varsling.settings import load_settings
from varsling.tenant_page.service import sample_pages


@click.group()
def letters() -> None:
    """The letters and pages that tenants, offices and landlords read."""


@letters.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def preview(folder: Path) -> None:
    """Write all letters and pages of a sample notice into FOLDER, in all languages, for review."""
    settings = load_settings().checked()
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, pdf in sample_letters():
        (folder / f"{name}.pdf").write_bytes(pdf)
        count += 1
    stylesheet = resources.files("varsling.web") / "assets" / "pages.css"
    (folder / "pages.css").write_bytes(stylesheet.read_bytes())
    for name, page in sample_pages(settings):
        (folder / f"{name}.html").write_bytes(page.replace(b"/docs/assets/pages.css", b"pages.css"))
        count += 1
    click.echo(f"{count} letters and pages lie in {folder}.")
