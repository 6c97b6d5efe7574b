import pytest

from portal.content.markdown import render
from portal.content.videos import frame_sources, videos_in

REL = 'rel="nofollow ugc noopener"'


def html(source: str) -> str:
    return render(source).html.replace("\n", "")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?list=a&v=dQw4w9WgXcQ&t=3", "youtube:dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?t=3", "youtube:dQw4w9WgXcQ"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "youtube:dQw4w9WgXcQ"),
        ("https://vimeo.com/76979871", "vimeo:76979871"),
        ("https://vimeo.com/76979871/8272103f6e", "vimeo:76979871/8272103f6e"),
        ("https://player.vimeo.com/video/76979871?dnt=1", "vimeo:76979871"),
    ],
)
def test_an_address_alone_in_a_paragraph_is_a_video(address: str, name: str) -> None:
    shown = address.replace("&", "&amp;")
    assert html(f"Before\n\n{address}\n\nAfter") == (
        f'<p>Before</p><figure class="video" data-video="{name}">'
        f'<a href="{shown}" {REL}>{shown}</a></figure><p>After</p>'
    )
    assert videos_in(html(address)) == {name}


def test_a_link_alone_in_a_paragraph_is_a_video_with_a_title() -> None:
    assert html("1. Watch\n\n   [How to print](https://youtu.be/dQw4w9WgXcQ)") == (
        '<ol><li><p>Watch</p><figure class="video" data-video="youtube:dQw4w9WgXcQ">'
        f'<a href="https://youtu.be/dQw4w9WgXcQ" {REL}>How to print</a></figure></li></ol>'
    )


@pytest.mark.parametrize(
    "source",
    [
        "See https://youtu.be/dQw4w9WgXcQ",
        "- https://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ https://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/short",
        "https://youtu.be/dQw4w9WgXcQQ",
        "https://www.youtube.com/@channel",
        "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
        "https://evil.example/youtu.be/dQw4w9WgXcQ",
        "https://vimeo.com/about",
        "`https://youtu.be/dQw4w9WgXcQ`",
        "![a](https://b.example/a.mp4)",
        "![a](/files/a.mp4) and more",
        "![a](/files/../a.mp4)",
        "![a](/elsewhere/a.mp4)",
    ],
)
def test_anything_else_is_none(source: str) -> None:
    assert "<figure" not in html(source)
    assert videos_in(html(source)) == frozenset()


def test_a_file_of_this_site_plays_without_a_script() -> None:
    address = "/files/0a1b.webm"
    assert html(f"![How to print]({address})") == (
        f'<figure class="video" data-video="file:{address}">'
        f'<video controls="" preload="none" src="{address}"></video>'
        f'<figcaption><a href="{address}">How to print</a></figcaption></figure>'
    )
    assert videos_in(html(f"![a]({address})")) == {f"file:{address}"}


def test_an_author_can_write_neither_players_nor_figures() -> None:
    written = (
        '<figure class="video" data-video="youtube:dQw4w9WgXcQ"><video src="/files/a.mp4" autoplay></video>'
    )
    assert "<figure" not in html(written)
    assert "<video" not in html(written)


def test_only_the_players_of_a_page_may_be_framed() -> None:
    youtube, vimeo, own = "https://youtu.be/dQw4w9WgXcQ", "https://vimeo.com/76979871", "![a](/files/a.mp4)"
    assert frame_sources(html(own)) == ()
    assert frame_sources(html(youtube)) == ("https://www.youtube-nocookie.com",)
    assert frame_sources(html(f"{vimeo}\n\n{own}\n\n{youtube}")) == (
        "https://www.youtube-nocookie.com",
        "https://player.vimeo.com",
    )
