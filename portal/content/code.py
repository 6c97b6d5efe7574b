"""Highlighted code blocks, coloured by CSS classes."""

from html import escape
from typing import Final

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_all_lexers, get_lexer_by_name

# Only lexers whose time was measured to grow with the text's length, whatever it holds.
LANGUAGES: Final = frozenset(
    "bash c cpp csharp css csv diff docker go graphql html http ini java javascript json kotlin nginx "
    "perl php powershell properties python ruby rust sql swift toml typescript xml yaml".split()
)
_BY_ALIAS: Final = {
    alias: aliases[0]
    for _, aliases, _, _ in get_all_lexers(plugins=False)
    if aliases and aliases[0] in LANGUAGES
    for alias in aliases
}
_MAX_COLOURED_CHARS: Final = 20_000
_FORMATTER: Final = HtmlFormatter(nowrap=True)


def code_block(source: str, language: str) -> str:
    """The HTML of a block of code; uncoloured when the language is unknown or the block very long."""
    name = _BY_ALIAS.get(language.lower())
    if name is None:
        return f"<pre><code>{escape(source)}</code></pre>"
    coloured = len(source) <= _MAX_COLOURED_CHARS
    lexer = get_lexer_by_name(name, stripnl=False)
    body = highlight(source, lexer, _FORMATTER) if coloured else escape(source)
    return f'<pre><code class="language-{name}">{body}</code></pre>'
