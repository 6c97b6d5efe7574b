"""`portal kb`."""

import json
import sys
from collections import Counter
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from portal.core.clock import utc_now
from portal.core.config import Settings
from portal.core.i18n import LANGUAGE_NAMES
from portal.imports.folder import Folder
from portal.imports.formats import FORMATS
from portal.imports.service import Import, Outcome, Plan
from portal.imports.tree import read_tree

kb = AppGroup("kb", help="The knowledge base.")


@kb.command("import")
@click.argument("directory", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(list(LANGUAGE_NAMES)), required=True)
@click.option("--format", "kind", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True)
@click.option("--section", default=None, help="Put everything below a section of this name.")
@click.option("--publish", is_flag=True, help="Publish at once; without it articles come in as drafts.")
@click.option("--verbose", is_flag=True, help="List every file skipped and every construct left out.")
@click.option("--json", "as_json", is_flag=True)
def import_articles(
    directory: Path,
    *,
    language: str,
    kind: str,
    section: str | None,
    publish: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Write the help articles of a folder in one language into the knowledge base.

    Translations of one article are joined when their folders, named by language, lie side by side. What is
    unchanged since the last import stays as it is, and so does what was changed on the site. Articles that
    are gone from the folder are left alone.
    """
    settings: Settings = current_app.extensions["settings"]
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
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=len(run.articles), file=sys.stderr, hidden=hidden) as bar:
        run.run(bar.update)
    for problem in run.problems:
        line = "" if problem.line is None else f":{problem.line}"
        click.echo(f"{directory / problem.path}{line}: {problem.message}", err=True)
    _tell(run, directory, as_json=as_json, verbose=verbose)
    sys.exit(1 if run.problems else 0)


def _tell(run: Import, directory: Path, *, as_json: bool, verbose: bool) -> None:
    """Print what came of the import."""
    skipped = Counter(item.reason for item in run.skipped)
    dropped = Counter(item.construct for item in run.tree.dropped)
    counts = {str(outcome): run.outcomes[outcome] for outcome in Outcome}
    counts |= {"skipped": len(run.skipped), "missing": run.missing, "problems": len(run.problems)}
    if as_json:
        click.echo(json.dumps(counts | {"skipped_because": skipped, "dropped": dropped}, ensure_ascii=False))
        return
    if verbose:
        for file in run.skipped:
            click.echo(f"{directory / file.path}: skipped: {file.reason}")
        for part in run.tree.dropped:
            click.echo(f"{directory / part.path}:{part.line}: left out: {part.construct}")
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))
    for reason, count in skipped.most_common():
        click.echo(f"  {count} skipped: {reason}")
    for construct, count in dropped.most_common():
        click.echo(f"  {count} left out: {construct}")
