"""`portal kb import` and `portal import`."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup

from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.errors import InvalidError
from portal.core.i18n import LANGUAGE_NAMES
from portal.imports.discourse.cli import import_discourse
from portal.imports.engawa.reader import read_export
from portal.imports.engawa.restore import Restore
from portal.imports.exports import trees_of
from portal.imports.folder import Folder
from portal.imports.formats import FORMATS, OWN, format_named
from portal.imports.products import READERS
from portal.imports.records import read_files
from portal.imports.report import Report
from portal.imports.service import Import, Plan
from portal.imports.tree import read_tree
from portal.knowledge.cli import kb
from portal.search import indexing
from portal.search.engine import IndexUnavailableError

imports = AppGroup("import", help="Move here from another product.")
imports.add_command(import_discourse)

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option("--section", default=None, help="Put everything below a section of this name."),
    click.option("--publish", is_flag=True, help="Publish at once; without it articles come in as drafts."),
    click.option("--verbose", is_flag=True, help="List all that was skipped and every construct left out."),
    click.option("--json", "as_json", is_flag=True),
)


def _with_options(command: F) -> F:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@kb.command("import")
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(list(LANGUAGE_NAMES)), help="Of the texts in the folder.")
@click.option("--format", "kind", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True)
@_with_options
def import_articles(
    directory: Path,
    *,
    language: str | None,
    kind: str,
    section: str | None,
    publish: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Write the help articles of a folder in one language, or all of an export, into the knowledge base.

    What `portal kb export` has written is recognised and needs no --language.

    Translations of one article are joined when their folders, named by language, lie side by side. What is
    unchanged since the last import stays as it is, and so does what was changed on the site. Articles that
    are gone from the folder are left alone.
    """
    settings: Settings = current_app.extensions["settings"]
    if format_named(kind, directory).name == OWN:
        if language or section or publish:
            raise click.UsageError("an export says itself what --language, --section and --publish say")
        _restore(directory, settings, as_json=as_json, verbose=verbose)
    if language is None:
        raise click.UsageError("Missing option '--language'.")
    if language not in settings.languages:
        raise click.BadParameter(
            f"this site has only {', '.join(settings.languages)}", param_hint="--language"
        )
    plan = Plan(
        product=Folder(directory, language=language).product.name,
        language=language,
        section=section,
        publish=publish,
        uploads=settings.uploads_dir,
    )
    run = Import(read_tree(directory, language=language, format=kind), plan, now=utc_now())
    _write([run])
    _tell(Report.of(directory, [run]), as_json=as_json, verbose=verbose)


def _restore(directory: Path, settings: Settings, *, as_json: bool, verbose: bool) -> NoReturn:
    """Bring an export back, tell what came of it, and end."""
    try:
        tree = read_export(directory)
    except InvalidError as error:
        raise click.BadParameter(str(error), param_hint="DIR") from error
    restore = Restore(tree, uploads=settings.uploads_dir, languages=settings.languages, now=utc_now())
    count = sum(len(article.texts) for article in tree.articles)
    with click.progressbar(length=count, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        report = restore.run(bar.update)
    _follow()
    _tell(report, as_json=as_json, verbose=verbose)


def _add_product(product: str) -> None:
    @imports.command(product, short_help=f"Articles that {READERS[product].title} has exported.")
    @click.argument("path", type=click.Path(exists=True, path_type=Path))
    @click.option(
        "--language", type=click.Choice(list(LANGUAGE_NAMES)), help="Of texts that do not say theirs."
    )
    @_with_options
    def import_export(
        path: Path, *, language: str | None, section: str | None, publish: bool, verbose: bool, as_json: bool
    ) -> None:
        """Write the articles of an export, a file or a folder of files, into the knowledge base.

        Every language of the site that the export has comes in. What is unchanged since the last import stays
        as it is, and so does what was changed on the site. Articles that are gone from the export are left
        alone.
        """
        settings: Settings = current_app.extensions["settings"]
        folder = Folder(path if path.is_dir() else path.parent, language="")
        files = read_files(folder, only=None if path.is_dir() else path.name)
        export = READERS[product].read(files, language=language or settings.default_language)
        trees, skipped = trees_of(export, product=product, folder=folder, languages=settings.languages)
        runs = [
            Import(
                tree,
                Plan(
                    product=product,
                    language=code,
                    section=section,
                    publish=publish,
                    uploads=settings.uploads_dir,
                ),
                now=utc_now(),
            )
            for code, tree in trees.items()
        ]
        _write(runs)
        problems = [*folder.problems, *export.problems]
        report = Report.of(folder.root, runs, problems=problems, skipped=skipped)
        _tell(report, as_json=as_json, verbose=verbose)


def _write(runs: Sequence[Import]) -> None:
    """Write the languages of a source; then let search follow."""
    count = sum(len(run.articles) for run in runs)
    with click.progressbar(length=count, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        ids = {key: number for run in runs for key, number in run.add().items()}
        for run in runs:
            run.write(ids, others=[other.tree for other in runs if other is not run], advance=bar.update)
    _follow()


def _follow() -> None:
    """Let search follow, unless a worker is at it."""
    with suppress(IndexUnavailableError):
        indexing.follow(current_app.extensions["search_engine"])


def _tell(report: Report, *, as_json: bool, verbose: bool) -> NoReturn:
    """Print what came of an import, and end with 1 if anything is wrong."""
    for complaint in report.complaints():
        click.echo(complaint, err=True)
    for line in [report.json()] if as_json else report.lines(verbose=verbose):
        click.echo(line)
    sys.exit(1 if report.problems else 0)


for _product in READERS:
    _add_product(_product)
