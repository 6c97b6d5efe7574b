"""Who gets what from every address: the answers to visitor, customer, peer, champion, staff and admin.

Addresses and form values name the things of `world.py` in braces; one status stands for all six readers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.architecture.world import READERS, World


@dataclass(frozen=True)
class Row:
    """A request, and what it answers to each reader."""

    request: str
    statuses: str
    form: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """GET or POST."""
        return self.request.partition(" ")[0]

    def path(self, world: World) -> str:
        """Return the address in a world."""
        return self.request.partition(" ")[2].format_map(world.ids)

    def data(self, world: World) -> dict[str, str]:
        """Return the form in a world."""
        return {name: value.format_map(world.ids) for name, value in self.form.items()}

    def expected(self, reader: str) -> int:
        """Return the status that a reader gets."""
        statuses = self.statuses.split()
        return int(statuses[READERS.index(reader) % len(statuses)])


def rows(method: str) -> Iterator[Row]:
    """Yield the rows of one method."""
    return (row for row in ROWS if row.method == method)


SIGNED_IN: Final = "302 200 200 200 200 200"
SENT: Final = "302 303 303 303 303 303"
UNUSABLE: Final = "302 422 422 422 422 422"
OF_A: Final = "404 200 404 200 200 200"
TO_A: Final = "302 303 404 303 303 303"
STAFF: Final = "302 403 403 403 200 200"
STAFF_SENT: Final = "302 403 403 403 303 303"
STAFF_UNUSABLE: Final = "302 403 403 403 422 422"
STAFF_MISSING: Final = "302 403 403 403 404 404"
UNDO: Final = {"_method": "delete"}
TOPIC: Final = {"title": "How?", "body": "Like **this**?", "board": "printing", "kind": "question"}
ARTICLE: Final = {
    "title": "Send the invoice",
    "body": "Press *Send*.",
    "significance": "normal",
    "section_id": "{section}",
    "audience": "public",
}
ACCOUNT: Final = {
    "external_id": "initech",
    "name": "Initech",
    "plan": "team",
    "seats": "7",
    "monthly_revenue": "5000",
    "touch_tier": "high",
    "manager_id": "0",
    "started_on": "2026-01-31",
    "status": "active",
}
STEP: Final = {"title_en": "Invite people", "due_after_days": "3", "is_required": "y"}

ROWS: Final = (
    # For machines.
    Row("GET /healthz", "200"),
    Row("GET /readyz", "200"),
    Row("GET /metrics", "200"),
    Row("GET /robots.txt", "200"),
    Row("GET /sitemap.xml", "200"),
    Row("GET /sitemap-1.xml", "200"),
    Row("GET /sitemap-2.xml", "404"),
    Row("GET /help/en/feed.atom", "200"),
    Row("GET /help/fr/feed.atom", "404"),
    Row("GET /help/en/billing/feed.atom", "200"),
    Row("GET /help/en/{private_section}/feed.atom", "404"),
    Row("GET /community/feed.atom", "200"),
    Row("GET /files/{file}", "200"),
    Row("GET /files/unknown", "404"),
    Row("GET /files/new", STAFF),
    Row("POST /files", STAFF_UNUSABLE),
    # People.
    Row("GET /sign-in", "200 302 302 302 302 302"),
    Row("POST /sign-in", "422", {"email": "ana@example.test", "password": "wrong password"}),
    Row("POST /sign-out", "303"),
    Row("GET /invitations/{invitation}", "200"),
    Row("GET /invitations/unknown", "404"),
    Row("POST /invitations/unknown", "404", {"name": "Noor", "password": "long enough by far"}),
    Row("POST /invitations/{invitation}", "422", {"name": "Noor", "password": "short"}),
    Row("POST /invitations/{invitation}", "303", {"name": "Noor", "password": "long enough by far"}),
    Row("GET /me/team", "302 200 200 200 404 404"),
    Row("POST /invitations", "302 422 422 422 422 422", {"email": "", "role": "customer"}),
    Row(
        "POST /invitations",
        "302 403 404 201 201 201",
        {"email": "one@example.test", "role": "customer", "account_id": "{account}"},
    ),
    Row("POST /invitations", "302 403 403 403 403 201", {"email": "two@example.test", "role": "staff"}),
    Row("GET /people/{customer}", SIGNED_IN),
    Row("GET /people/{staff}", SIGNED_IN),
    Row("GET /people/424242", "302 404 404 404 404 404"),
    Row("POST /language", "303", {"language": "en", "next": "/help/"}),
    # Home and search.
    Row("GET /", "200"),
    Row("GET /search", "200"),
    Row("GET /search?q=invoice", "200"),
    Row("GET /search?q=invoice&in=topics", "200"),
    Row("GET /search?q=nothing+at+all", "200"),
    Row("GET /search/suggestions?q=invoice", "200"),
    Row("GET /search/similar?title=invoice", "200"),
    Row("GET /search/passages/{document}?title=invoice", "200"),
    Row("GET /search/passages/{private_document}", OF_A),
    Row("GET /search/passages/{staff_document}", "404 404 404 404 200 200"),
    Row("POST /search/passages/{document}/resolutions", "303"),
    Row("POST /search/passages/{private_document}/resolutions", "404 303 404 303 303 303"),
    Row("POST /search/passages/{staff_document}/resolutions", "404 404 404 404 303 303"),
    # The knowledge base.
    Row("GET /help", "302"),
    Row("GET /help/en/", "200"),
    Row("GET /help/ja/", "200"),
    Row("GET /help/fr/", "404"),
    Row("GET /help/en/billing/", "200"),
    Row("GET /help/en/{private_section}/", OF_A),
    Row("GET /help/articles/{article}", "302"),
    Row("GET /help/articles/{private_article}", "404 302 404 302 302 302"),
    Row("GET /help/en/articles/{article}-print-the-invoice", "200"),
    Row("GET /help/ja/articles/{article}-請求書を印刷する", "200"),
    Row("GET /help/ja/articles/{staff_article}-nightjar-invoice", "404 404 404 404 200 200"),
    Row("GET /help/en/articles/{article}-another-name", "301"),
    Row("GET /help/en/articles/{private_article}-kingfisher-invoice", OF_A),
    Row("GET /help/en/articles/{private_article}-another-name", "404 301 404 301 301 301"),
    Row("GET /help/en/articles/{plan_article}-kingfisher-invoice", OF_A),
    Row("GET /help/en/articles/{staff_article}-nightjar-invoice", "404 404 404 404 200 200"),
    Row("GET /help/en/articles/{draft_article}-nightjar-invoice", "404 404 404 404 200 200"),
    Row("POST /help/articles/{article}/votes", "303", {"helpful": "no", "reason": "unclear"}),
    Row("POST /help/articles/{article}/votes", "422", {"helpful": "perhaps"}),
    Row("POST /help/articles/{private_article}/votes", "404 303 404 303 303 303", {"helpful": "yes"}),
    Row("POST /help/articles/{draft_article}/votes", "404 404 404 404 303 303", {"helpful": "yes"}),
    Row("POST /help/articles/{article}/reads", "204"),
    Row("POST /help/articles/{article}/videos", "404", {"video": "vimeo:1", "percent": "25"}),
    Row("POST /help/articles/{article}/videos", "422", {"video": "vimeo:1", "percent": "26"}),
    Row("POST /help/articles/{plan_article}/reads", "404 204 404 204 204 204"),
    # The community.
    Row("GET /community/", "200"),
    Row("GET /community/?queue=solved", "200"),
    Row("GET /community/printing/", "200"),
    Row("GET /community/room/", OF_A),
    Row("GET /community/topics/{topic}", "301"),
    Row("GET /community/topics/{private_topic}", "404 301 404 301 301 301"),
    Row("GET /community/topics/{topic}-where-is-the-invoice", "200"),
    Row("GET /community/topics/{topic}-where-is-the-invoice?page=2", "404"),
    Row("GET /community/topics/{private_topic}-kingfisher-invoice", OF_A),
    Row("GET /community/topics/{private_topic}-another-name", "404 301 404 301 301 301"),
    Row("GET /community/topics/new?title=invoice&board=room", SIGNED_IN),
    Row("POST /community/topics/new", SENT, TOPIC),
    Row("POST /community/topics/new", "302 422 422 422 422 422", {**TOPIC, "body": ""}),
    Row("POST /community/topics/new", "302 303 422 303 303 303", {**TOPIC, "board": "room"}),
    Row("POST /community/preview", SIGNED_IN, {"body": "**Bold**"}),
    Row("POST /community/topics/{topic}/posts", SENT, {"body": "In the menu."}),
    Row("POST /community/topics/{private_topic}/posts", TO_A, {"body": "In the menu."}),
    Row("POST /community/topics/{private_topic}/posts", "302 422 404 422 422 422", {"body": ""}),
    Row("POST /community/topics/{topic}/reads", "204"),
    Row("POST /community/topics/{private_topic}/reads", "404 204 404 204 204 204"),
    Row("POST /community/posts/{post}/votes", "302 303 403 303 303 303"),
    Row("POST /community/posts/{post}/votes", SENT, UNDO),
    Row("POST /community/posts/{private_post}/votes", "302 303 404 403 303 303"),
    Row("POST /community/posts/{private_post}/votes", TO_A, UNDO),
    Row("POST /community/posts/{post}/acceptance", "302 303 403 403 303 303"),
    Row("POST /community/posts/{post}/acceptance", "302 303 403 403 303 303", UNDO),
    Row("POST /community/posts/{private_post}/acceptance", "302 303 404 403 303 303"),
    Row("POST /community/posts/{private_post}/acceptance", "302 303 404 403 303 303", UNDO),
    Row("POST /community/posts/{post}/flags", "302 303 303 409 303 303", {"reason": "spam"}),
    Row("POST /community/posts/{private_post}/flags", TO_A, {"reason": "spam"}),
    Row("POST /community/posts/{post}/flags", "302 422 422 422 422 422", {"reason": "no reason"}),
    # Onboarding.
    Row("GET /onboarding/", "302 200 200 200 302 302"),
    Row("POST /onboarding/steps/{done_step}/completion", "302 403 404 303 303 303", UNDO),
    Row("POST /onboarding/steps/{step}/completion", TO_A),
    Row("POST /onboarding/steps/{step}/completion", TO_A, UNDO),
    # Requests.
    Row("GET /support/requests/new?title=invoice", SIGNED_IN),
    Row("POST /support/requests/new", SENT, {"title": "Late", "body": "It is late."}),
    Row("POST /support/requests/new", "302 422 422 422 422 422", {"title": "Late", "body": " "}),
    Row("GET /support/requests/", SIGNED_IN),
    Row("GET /support/requests/{request}", "302 200 404 200 200 200"),
    Row("POST /support/requests/{request}/replies", TO_A, {"body": "Any news?"}),
    Row("POST /support/requests/{request}/replies", "302 422 404 422 422 422", {"body": ""}),
    Row("POST /support/requests/{request}/resolution", "302 303 404 403 303 303"),
    # The inbox.
    Row("GET /me/notifications/", SIGNED_IN),
    Row("POST /me/notifications/", SENT),
    Row("POST /me/notifications/{notice}/reading", "302 303 404 404 404 404"),
    Row("GET /me/notifications/settings", SIGNED_IN),
    Row("POST /me/notifications/settings", SENT, {"reply": "daily", "time_zone": "Asia/Tokyo"}),
    Row("POST /me/notifications/settings", UNUSABLE, {"reply": "sometimes", "time_zone": ""}),
    Row("POST /me/notifications/settings", UNUSABLE, {"reply": "daily", "time_zone": "Mars/Olympus"}),
    Row("POST /me/notifications/address", SENT),
    Row("GET /me/watches/", SIGNED_IN),
    Row("POST /me/watches/", SENT, {"subject": "topic:{topic}"}),
    Row("POST /me/watches/", TO_A, {"subject": "topic:{private_topic}", "delivery": "weekly"}),
    Row("POST /me/watches/", "302 404 404 404 303 303", {"subject": "article:{staff_article}"}),
    Row("POST /me/watches/", "302 404 404 404 404 404", {"subject": "post:{post}"}),
    Row("POST /me/watches/", UNUSABLE, {"subject": "topic:{topic}", "delivery": "sometimes"}),
    Row("POST /me/watches/", SENT, {"subject": "topic:{private_topic}", **UNDO}),
    Row("GET /unsubscribe/{unsubscribe}", "200"),
    Row("GET /unsubscribe/made-up", "404"),
    Row("POST /unsubscribe/{unsubscribe}", "200"),
    Row("POST /unsubscribe/made-up", "404"),
    # Staff: mail.
    Row("GET /staff/mail/", STAFF),
    Row("GET /staff/mail/?state=queued", STAFF),
    Row("POST /staff/mail/attempts", STAFF_SENT, {"mail": "424242"}),
    Row("POST /staff/mail/addresses", STAFF_SENT, {"address": "ana@example.test"}),
    # Staff: today, figures, moderation.
    Row("GET /staff/", STAFF),
    Row("GET /staff/insights/", STAFF),
    Row("GET /staff/insights/?format=csv", STAFF),
    Row("GET /staff/insights/definitions", STAFF),
    Row("GET /staff/insights/search_success", STAFF),
    Row("GET /staff/insights/unknown", STAFF_MISSING),
    Row("GET /staff/gaps/", STAFF),
    Row("GET /staff/moderation/", STAFF),
    Row("POST /staff/moderation/{flag}/resolution", STAFF_SENT),
    Row("POST /staff/moderation/424242/resolution", STAFF_MISSING),
    Row("GET /staff/people/", STAFF),
    Row("GET /staff/requests/", STAFF),
    Row("GET /staff/requests/?status=answered", STAFF),
    Row("GET /staff/requests/?status=resolved", STAFF),
    # Staff: accounts.
    Row("GET /staff/accounts/", STAFF),
    Row("GET /staff/accounts/?format=csv", STAFF),
    Row("GET /staff/accounts/model", STAFF),
    Row("GET /staff/accounts/{account}", STAFF),
    Row("GET /staff/accounts/424242", STAFF_MISSING),
    Row("GET /staff/accounts/{account}/signals", STAFF),
    Row("GET /staff/accounts/new", STAFF),
    Row("POST /staff/accounts/new", STAFF_SENT, ACCOUNT),
    Row("POST /staff/accounts/new", STAFF_UNUSABLE, {**ACCOUNT, "seats": "none"}),
    Row("GET /staff/accounts/{account}/edit", STAFF),
    Row("POST /staff/accounts/{account}/edit", STAFF_SENT, ACCOUNT),
    Row("POST /staff/accounts/424242/edit", STAFF_MISSING, ACCOUNT),
    # Staff: articles.
    Row("GET /staff/articles/", STAFF),
    Row("GET /staff/articles/new?title=invoice", STAFF),
    Row("POST /staff/articles/new", STAFF_SENT, ARTICLE),
    Row("POST /staff/articles/new", STAFF_UNUSABLE, {**ARTICLE, "audience": "everyone"}),
    Row("GET /staff/articles/{article}/ja", STAFF),
    Row("GET /staff/articles/424242/ja", STAFF_MISSING),
    Row("POST /staff/articles/preview?language=ja", STAFF, {"body": "**Bold**"}),
    Row("GET /staff/articles/as", STAFF),
    Row("GET /staff/articles/as?account={account}", STAFF),
    Row("GET /staff/articles/as?account={account_b}&section={private_section}", STAFF),
    Row("GET /staff/articles/as?section=unknown", STAFF_MISSING),
    Row("GET /staff/articles/as?account=424242", STAFF_MISSING),
    Row("GET /staff/articles/as?account=everyone", STAFF_MISSING),
    Row("GET /staff/articles/as?language=fr", STAFF_MISSING),
    Row("GET /staff/articles/{article}/as?account=visitor", STAFF),
    Row("GET /staff/articles/{staff_article}/as?account=signed-in", STAFF),
    Row("GET /staff/articles/{plan_article}/as?account={account}", STAFF),
    Row("GET /staff/articles/{draft_article}/as?account={account}", STAFF),
    Row("GET /staff/articles/424242/as", STAFF_MISSING),
    Row("POST /staff/articles/{article}/en", "302 403 403 403 409 409", ARTICLE),
    Row("POST /staff/articles/{draft_article}/ja", STAFF_SENT, ARTICLE),
    Row("POST /staff/articles/424242/ja", STAFF_MISSING, ARTICLE),
    Row("GET /staff/articles/{article}/ja/translation", STAFF),
    Row("GET /staff/articles/{article}/en/translation", "302 403 403 403 302 302"),
    Row("POST /staff/articles/{article}/ja/translation", "302 403 403 403 409 409", ARTICLE),
    Row("GET /staff/articles/{article}/settings", STAFF),
    Row("GET /staff/articles/424242/settings", STAFF_MISSING),
    Row("POST /staff/articles/{article}/settings", STAFF_SENT, {**ARTICLE, "verifier_id": "{staff}"}),
    Row("POST /staff/articles/{article}/settings", STAFF_UNUSABLE, {**ARTICLE, "verifier_id": "{peer}"}),
    Row("POST /staff/articles/new/ja/draft", "302 403 403 403 204 204", ARTICLE),
    Row("POST /staff/articles/{article}/en/draft", "302 403 403 403 204 204", ARTICLE),
    Row("POST /staff/articles/{article}/en/draft", STAFF_SENT, UNDO),
    Row("POST /staff/articles/424242/en/draft", STAFF_MISSING, ARTICLE),
    Row("GET /staff/articles/{article}/en/revisions/", STAFF),
    Row("GET /staff/articles/{article}/en/revisions/?from=1&to=1", STAFF),
    Row("GET /staff/articles/{article}/en/revisions/1", STAFF),
    Row("GET /staff/articles/{article}/en/revisions/424242", STAFF_MISSING),
    Row("POST /staff/articles/{article}/en/revisions/1/restoration", STAFF_SENT),
    Row("POST /staff/articles/{article}/en/revisions/424242/restoration", STAFF_MISSING),
    Row("GET /staff/articles/reviews/", STAFF),
    Row("GET /staff/articles/{waiting_article}/en/review", STAFF),
    Row("GET /staff/articles/{waiting_article}/ja/review", STAFF_MISSING),
    Row("POST /staff/articles/{waiting_article}/en/review", STAFF_UNUSABLE, {"number": "1", "verdict": "no"}),
    Row("POST /staff/articles/{waiting_article}/en/withdrawal", STAFF_SENT),
    Row("POST /staff/articles/{article}/en/withdrawal", "302 403 403 403 409 409"),
    Row(
        "POST /staff/articles/{waiting_article}/en/review",
        "302 403 403 403 409 409",
        {"number": "1", "verdict": "approved"},
    ),
    Row("POST /staff/articles/{article}/en/archive", STAFF_SENT),
    Row("POST /staff/articles/{article}/en/archive", STAFF_SENT, UNDO),
    Row("POST /staff/articles/424242/en/archive", STAFF_MISSING),
    Row("GET /staff/articles/upkeep/", STAFF),
    Row("GET /staff/articles/upkeep/?verifier=all&state=overdue&format=csv", STAFF),
    Row("GET /staff/articles/{article}/upkeep", STAFF),
    Row("GET /staff/articles/{draft_article}/upkeep", STAFF_MISSING),
    Row("POST /staff/articles/upkeep/verifications", STAFF_SENT, {"article_id": "{article}"}),
    Row("POST /staff/articles/upkeep/verifications", STAFF_SENT, UNDO | {"verification_id": "1"}),
    Row("GET /staff/articles/translations/", STAFF),
    Row("GET /staff/articles/translations/?language=ja&state=fresh", STAFF),
    Row("GET /staff/articles/{article}/views", STAFF),
    Row("GET /staff/articles/424242/views", STAFF_MISSING),
    Row("GET /staff/articles/?q=invoice&state=published&section={section}&sort=-views", STAFF),
    Row("GET /staff/articles/?language=ja&format=csv", STAFF),
    Row("GET /staff/articles/overview", STAFF),
    Row("GET /staff/articles/batches/", STAFF),
    Row("GET /staff/articles/batches/{batch}", STAFF),
    Row("GET /staff/articles/batches/424242", STAFF_MISSING),
    Row("GET /staff/articles/batches/new?act=move&text={article}:en:", STAFF),
    Row("GET /staff/articles/batches/new?act=archive&all=yes&language=ja", STAFF),
    Row("GET /staff/articles/batches/new?act=burn", STAFF_UNUSABLE),
    Row("POST /staff/articles/batches/", STAFF_SENT, {"act": "archive", "text": "{article}:en:"}),
    Row("POST /staff/articles/batches/", STAFF_SENT, {"act": "bring_back", "text": "{article}:en:"}),
    Row("POST /staff/articles/batches/", STAFF_UNUSABLE, {"act": "archive", "text": "{article}"}),
    Row("POST /staff/articles/batches/{batch}/reversal", STAFF_SENT),
    Row("POST /staff/articles/batches/424242/reversal", STAFF_MISSING),
    Row("GET /staff/snippets/", STAFF),
    Row("POST /staff/snippets/", STAFF_SENT, {"name": "refund-days", "body_en": "30 days"}),
    Row("POST /staff/snippets/", STAFF_UNUSABLE, {"name": "Refund days", "body_en": "30 days"}),
    Row("GET /staff/snippets/{snippet}", STAFF),
    Row("GET /staff/snippets/424242", STAFF_MISSING),
    Row("POST /staff/snippets/{snippet}", STAFF_SENT, {"body_en": "14 days"}),
    Row("POST /staff/snippets/{snippet}", STAFF_UNUSABLE, {"body_en": ""}),
    Row("POST /staff/snippets/424242", STAFF_MISSING, UNDO),
    Row("GET /staff/article-templates/", STAFF),
    Row("POST /staff/article-templates/", STAFF_SENT, {"name": "Question", "body_en": "## Answer"}),
    Row("POST /staff/article-templates/", STAFF_UNUSABLE, {"name": "", "body_en": "## Steps"}),
    Row("GET /staff/article-templates/{template}", STAFF),
    Row("GET /staff/article-templates/424242", STAFF_MISSING),
    Row("POST /staff/article-templates/{template}", STAFF_SENT, {"name": "Guide", "body_en": "## Steps"}),
    Row("POST /staff/article-templates/424242", STAFF_MISSING, UNDO),
    Row("GET /staff/articles/new?template={template}", STAFF),
    Row("GET /staff/sections/", STAFF),
    Row("POST /staff/sections/", STAFF_SENT, {"name_en": "Shipping"}),
    Row("POST /staff/sections/", STAFF_UNUSABLE, {"name_en": ""}),
    Row("GET /staff/sections/{section}", STAFF),
    Row("GET /staff/sections/424242", STAFF_MISSING),
    Row("POST /staff/sections/{section}", STAFF_SENT, {"name_en": "Invoices"}),
    Row("POST /staff/sections/{section}", STAFF_UNUSABLE, {"name_en": ""}),
    Row("POST /staff/sections/order", STAFF_SENT, {"move": "{section}:"}),
    Row("POST /staff/sections/order", STAFF_MISSING, {"move": "424242:{section}"}),
    Row("POST /staff/sections/order", STAFF_UNUSABLE, {"move": "up"}),
    Row("POST /staff/sections/{section}/order", STAFF_SENT, {"move": "{article}:"}),
    Row("POST /staff/sections/{section}/order", STAFF_MISSING, {"move": "424242:"}),
    # Staff: where readers go on, mergers, what readers say.
    Row("GET /staff/articles/{article}/links?q=invoice", STAFF),
    Row("GET /staff/articles/424242/links", STAFF_MISSING),
    Row("POST /staff/articles/{article}/links", STAFF_SENT, {"other_id": "{staff_article}"}),
    Row("POST /staff/articles/{article}/links", STAFF_MISSING, {"other_id": "424242"}),
    Row("POST /staff/articles/{article}/links", STAFF_UNUSABLE, {"other_id": "{article}"}),
    Row("POST /staff/articles/{article}/links/order", STAFF_SENT, {"move": "{staff_article}:"}),
    Row("POST /staff/articles/{article}/links/order", STAFF_MISSING, {"move": "{plan_article}:"}),
    Row("GET /staff/articles/{article}/merge?q=invoice", STAFF),
    Row("GET /staff/articles/{article}/merge?target={staff_article}", STAFF),
    Row("GET /staff/articles/{article}/merge?target=424242", STAFF_MISSING),
    Row("POST /staff/articles/{plan_article}/merge", STAFF_SENT, {"other_id": "{private_article}"}),
    Row("POST /staff/articles/{plan_article}/merge", "302 403 403 403 303 303", UNDO),
    Row("POST /staff/articles/{article}/merge", STAFF_UNUSABLE, {"other_id": "{draft_article}"}),
    Row("GET /staff/articles/feedback/", STAFF),
    Row("GET /staff/articles/feedback/?status=resolved&language=en&reason=wrong&section={section}", STAFF),
    Row("POST /staff/articles/feedback/{vote}/resolution", STAFF_SENT, {"note": "It says so now."}),
    Row("POST /staff/articles/feedback/{vote}/resolution", STAFF_SENT, UNDO),
    Row("POST /staff/articles/feedback/{vote}/resolution", STAFF_UNUSABLE, {"note": "x" * 1001}),
    Row("POST /staff/articles/feedback/424242/resolution", STAFF_MISSING),
    # Staff: onboarding.
    Row("GET /staff/onboarding/", STAFF),
    Row("GET /staff/onboarding/checklists/{checklist}", STAFF),
    Row("GET /staff/onboarding/checklists/424242", STAFF_MISSING),
    Row("GET /staff/onboarding/maps/", STAFF),
    Row("POST /staff/onboarding/maps/", STAFF_SENT, {"name_en": "A third way"}),
    Row("POST /staff/onboarding/maps/", STAFF_UNUSABLE, {"name_en": ""}),
    Row("GET /staff/onboarding/maps/{map}", STAFF),
    Row("GET /staff/onboarding/maps/424242", STAFF_MISSING),
    Row("POST /staff/onboarding/maps/{map}/steps", STAFF_SENT, STEP),
    Row("POST /staff/onboarding/maps/{map}/steps", STAFF_UNUSABLE, {**STEP, "title_en": ""}),
    Row(
        "POST /staff/onboarding/maps/{spare_map}/checklists",
        STAFF_SENT,
        {"account_id": "{account_b}", "started_on": "2026-11-02"},
    ),
    Row(
        "POST /staff/onboarding/maps/{map}/checklists",
        STAFF_UNUSABLE,
        {"account_id": "{account}", "started_on": "2026-11-02"},
    ),
    Row("GET /staff/onboarding/steps/{map_step}", STAFF),
    Row("POST /staff/onboarding/steps/{map_step}", STAFF_SENT, STEP),
    Row("POST /staff/onboarding/steps/{map_step}", STAFF_SENT, UNDO),
    Row("POST /staff/onboarding/steps/{map_step}", STAFF_MISSING, STEP),
)
