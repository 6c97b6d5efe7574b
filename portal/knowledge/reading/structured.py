"""Articles in the words of schema.org.

Source: schema.org's Article and FAQPage, with what Google's documentation of structured data asks for.
"""

import re
from collections.abc import Iterator
from typing import Final

from portal.content.extract import plain_text
from portal.knowledge.models import Section, Translation
from portal.knowledge.paths import path_of_section
from portal.web.cards import Thing, absolute
from portal.web.documents import timestamp
from portal.web.structured import organisation

FEWEST_QUESTIONS: Final = 2
_QUESTION: Final = re.compile(r"<h2\b[^>]*>(.*?)</h2>", re.DOTALL)


def article_thing(text: Translation, section: Section, path: str) -> Thing:
    """Describe a published text at its address."""
    language = text.language
    thing: dict[str, object] = {
        "@type": "Article",
        "headline": text.title,
        "url": absolute(path),
        "inLanguage": language,
        "dateModified": timestamp(text.updated_at),
        "author": organisation(),
        "isPartOf": {
            "@type": "CollectionPage",
            "name": section.name(language),
            "url": absolute(path_of_section(section.slug, language=language)),
        },
    }
    if text.published_at:
        thing["datePublished"] = timestamp(text.published_at)
    if text.summary:
        thing["description"] = text.summary
    return thing


def faq_thing(html: str) -> Iterator[Thing]:
    """Yield the questions and answers of a rendered text that is made of them; nothing for any other."""
    _introduction, *pieces = _QUESTION.split(html)
    pairs = [(plain_text(pieces[i]), plain_text(pieces[i + 1])) for i in range(0, len(pieces), 2)]
    if len(pairs) < FEWEST_QUESTIONS or not all(_is_question(*pair) for pair in pairs):
        return
    yield {
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": question,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
            for question, answer in pairs
        ],
    }


def _is_question(heading: str, text: str) -> bool:
    return heading.endswith(("?", "？")) and bool(text)
