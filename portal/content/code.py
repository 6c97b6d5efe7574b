"""Highlighted code blocks, coloured by CSS classes."""

from html import escape
from typing import Final

from pygments import format as format_tokens
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

# Languages whose lexers stay quick on any input; those of C, C++, C#, Java and INI take minutes on some.
_NAMES: Final = (
    "bash css diff docker go graphql html http javascript json kotlin nginx perl php powershell "
    "properties python ruby rust sql swift toml typescript xml yaml"
)
LANGUAGES: Final = frozenset(_NAMES.split())
_BY_ALIAS: Final = {
    alias: aliases[0]
    for _, aliases, _, _ in get_all_lexers(plugins=False)
    if aliases and aliases[0] in LANGUAGES
    for alias in aliases
}
_FORMATTER: Final = HtmlFormatter(nowrap=True)
_COLOUR_BUDGET: Final = 16_000_000


class CodeBlocks:
    """Writes the code blocks of one document, and stops colouring when that would take too long.

    The worst time of a lexer grows with the square of the block's length, at most 20 ns per squared
    character, so the sum of those squares is the budget: 0.3 s for a document made to be slow.
    """

    def __init__(self) -> None:
        self._budget = _COLOUR_BUDGET

    def html(self, source: str, language: str) -> str:
        """The block as HTML; uncoloured if the language is unknown or the budget is spent."""
        name = _BY_ALIAS.get(language.lower())
        if name is None:
            return f"<pre><code>{escape(source)}</code></pre>"
        return f'<pre><code class="language-{name}">{self._coloured(source, name)}</code></pre>'

    def _coloured(self, source: str, name: str) -> str:
        cost = len(source) ** 2
        if cost > self._budget:
            return escape(source)
        self._budget -= cost
        tokens = get_lexer_by_name(name, stripnl=False).get_tokens(source)
        return format_tokens(((_standard(kind), text) for kind, text in tokens), _FORMATTER)


def _standard(kind: _TokenType) -> _TokenType:
    """The nearest kind of token that style sheets know."""
    return kind if kind in STANDARD_TYPES or kind.parent is None else _standard(kind.parent)
