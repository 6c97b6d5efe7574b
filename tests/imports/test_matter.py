import pytest

from portal.imports.matter import Matter, MatterError, split_matter


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("---\naudience: signed-in\n---\n", Matter(audience="signed-in")),
        (
            "---\naudience: [plan:team, account:acme]\n---\n",
            Matter(audience="plan:team account:acme"),
        ),
        ("---\naudience:\n---\n", Matter()),
        ("---\naudience: {a: b}\n---\n", Matter(audience="{'a': 'b'}")),
        (
            "---\ntitle: A\nseo:\n  title: B\n  description: C\nweight: 5\n---\n",
            Matter(title="A", summary="C", position=5),
        ),
        ("---\nseo:\n  title: B\nseo2: x\n---\n", Matter(title="B")),
        (
            "---\ntitle: 2020\nsidebar_position: 2.5\nslug: /x\n---\n",
            Matter(title="2020", slug="/x", position=2),
        ),
        ("---\ntitle: [a, b]\nseo: none\norder: high\n---\n", Matter()),
        ("---\ntitle: 'a\n  b'\ndraft: true\n---\n", Matter(title="a b", is_draft=True)),
        ("--\ntitle: A\n---\n", Matter(title="A")),
    ],
)
def test_what_front_matter_says(text: str, matter: Matter) -> None:
    assert split_matter(text)[0] == matter


@pytest.mark.parametrize(
    "text", ["Text\n---\n", "---\n\nText", "---\nnot: yaml-but\n", "---\njust words\n---\nText"]
)
def test_a_rule_is_no_front_matter(text: str) -> None:
    if text.startswith("---\nnot"):
        with pytest.raises(MatterError, match="never closed"):
            split_matter(text)
    else:
        assert split_matter(text) == (Matter(), text, 1)


def test_the_body_knows_its_first_line() -> None:
    matter, body, line = split_matter("---\ntitle: A\n\n---\nText\n")
    assert (matter.title, body.strip(), line) == ("A", "Text", 4)


def test_an_error_names_its_line() -> None:
    with pytest.raises(MatterError, match="not YAML") as caught:
        split_matter("---\ntitle: A\nsummary: b: c\n---\n")
    assert caught.value.line == 3
