"""Is every text of the portal in both catalogues? `python -m tests.messages` says which are not."""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
KEYWORDS = {"_": None, "_l": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
METHODS = [("portal/**.py", "python"), ("portal/templates/**.html", "jinja2")]
OPTIONS = {"portal/templates/**.html": {"trimmed": "true"}}


def texts_in_code() -> set[str]:
    """Return every text that is marked for translation."""
    found = extract_from_dir(
        str(ROOT), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, directory_filter=_is_ours
    )
    return {item[2] if isinstance(item[2], str) else item[2][0] for item in found}


def _is_ours(directory: str) -> bool:
    relative = Path(directory).relative_to(ROOT)
    return str(relative) == "." or relative.parts[0] == "portal"


def problems(language: str) -> list[str]:
    """Return what is missing, unfinished or wrong in a language's catalogue."""
    path = ROOT / "portal" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalog: Catalog = read_po(file, locale=language)
    known = {message.id if isinstance(message.id, str) else message.id[0]: message for message in catalog}
    found = [f"{language}: missing: {text}" for text in sorted(texts_in_code() - set(known))]
    found += [f"{language}: no longer used: {text}" for text in sorted(set(known) - texts_in_code() - {""})]
    for text, message in known.items():
        if text and language != "en" and not _is_finished(message):
            found.append(f"{language}: not translated: {text}")
        found += [f"{language}: {text}: {error}" for error in message.check(catalog)] if text else []
    return found


def _is_finished(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(all(strings)) and not message.fuzzy


if __name__ == "__main__":
    lines = problems("en") + problems("ja")
    for line in lines:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"messages: {len(lines)} problems\n")
    sys.exit(1 if lines else 0)
