"""What the exports of other products look like: a reader each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from portal.imports.exports import Export
from portal.imports.products import intercom, kitsune, phpmyfaq, zendesk
from portal.imports.records import DataFile


class Read(Protocol):
    """Understands the files of an export; `language` is that of texts which do not say theirs."""

    def __call__(self, files: Iterable[DataFile], *, language: str) -> Export:
        """Return what they hold."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product that people move here from, and the reader of its exports."""

    title: str
    read: Read


READERS: Final[Mapping[str, Product]] = {
    "zendesk": Product("Zendesk Guide", zendesk.read),
    "intercom": Product("Intercom", intercom.read),
    "phpmyfaq": Product("phpMyFAQ", phpmyfaq.read),
    "kitsune": Product("Kitsune", kitsune.read),
}
