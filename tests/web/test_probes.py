from flask.testing import FlaskClient

from tests.machines import BASE


def test_robots_are_told_what_is_not_for_them_and_where_the_rest_is_listed(client: FlaskClient) -> None:
    lines = client.get("/robots.txt").text.splitlines()
    assert {"User-agent: *", "Disallow: /staff/", "Disallow: /me/", "Disallow: /search"} <= set(lines)
    assert lines[-1] == f"Sitemap: {BASE}/sitemap.xml"
