"""The application factory: settings, extensions, features, commands."""

import gc
import os
from pathlib import Path
from typing import Final

import click
from flask import Flask
from flask.cli import FlaskGroup
from flask_babel import lazy_gettext as _l
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import commands, worker
from portal.accounts import cli as accounts_cli
from portal.accounts import routes as accounts_routes
from portal.accounts.current import current_actor, init_sign_in
from portal.adoption import cli as adoption_cli
from portal.adoption.matching import routes as unmatched_signals
from portal.adoption.own import routes as own_signals
from portal.adoption.own.discretion import unnamed_accounts
from portal.api import account_routes as api_accounts
from portal.api import content_routes as api_content
from portal.api import docs_routes as api_docs
from portal.api import signal_routes as api_signals
from portal.api.keys import cli as api_cli
from portal.api.keys import routes as api_keys
from portal.content.markup import as_markup
from portal.core import db as database
from portal.core.activity import ActivityLog
from portal.core.config import SettingError, Settings, load_settings
from portal.core.db import db
from portal.core.i18n import LANGUAGE_NAMES
from portal.core.jobs import Jobs
from portal.core.logging import configure_logging
from portal.demo import build as demo
from portal.demo.people import LISTED
from portal.files import routes as files_routes
from portal.files.attachments import routes as attachments
from portal.forum import board_routes as forum_boards
from portal.forum import case_routes as forum_cases
from portal.forum import cli as forum_cli
from portal.forum import feed_routes as forum_feeds
from portal.forum import idea_routes as forum_ideas
from portal.forum import moderation_routes as forum_moderation
from portal.forum import post_routes as forum_posts
from portal.forum import queries as forum_queries
from portal.forum import routes as forum_routes
from portal.forum import sanction_routes as forum_sanctions
from portal.forum import tag_routes as forum_tags
from portal.forum.attachments import routes as forum_attachments
from portal.forum.attachments.queries import POSTS
from portal.forum.drafts import routes as forum_drafts
from portal.forum.experts import routes as forum_experts
from portal.forum.experts import settings_routes as expert_settings
from portal.forum.forms import FLAG_REASONS, KINDS, STATUSES
from portal.forum.reputation import routes as forum_reputation
from portal.harvest import routes as harvest_routes
from portal.health import cli as health_cli
from portal.health import routes as health_routes
from portal.health.actions import routes as health_actions
from portal.health.alerts import routes as health_alerts
from portal.health.notes import routes as health_notes
from portal.health.overrides import routes as health_overrides
from portal.health.portfolio import routes as health_portfolio
from portal.health.portfolio.letters import write_portfolio
from portal.health.tasks import routes as health_tasks
from portal.health.validation import routes as health_validation
from portal.health.versions import routes as scoring_models
from portal.imports import cli as imports_cli
from portal.insights import article_routes as insights_articles
from portal.insights import batch_routes as article_batches
from portal.insights import cli as insights_cli
from portal.insights import knowledge_routes as insights_knowledge
from portal.insights import profile_routes as insights_profiles
from portal.insights import routes as insights_routes
from portal.insights import sitemap_routes
from portal.insights import staff_routes as insights_staff
from portal.insights import step_routes as insights_steps
from portal.insights import upkeep_routes as insights_upkeep
from portal.knowledge import cli as knowledge_cli
from portal.knowledge import queries as knowledge_queries
from portal.knowledge.editing import draft_routes as knowledge_drafts
from portal.knowledge.editing import editor_routes as knowledge_editor
from portal.knowledge.editing import history_routes as knowledge_history
from portal.knowledge.editing import review_routes as knowledge_reviews
from portal.knowledge.editing import routes as knowledge_staff
from portal.knowledge.editing import settings_routes as knowledge_settings
from portal.knowledge.feedback import routes as knowledge_feedback
from portal.knowledge.reading import feed_routes as knowledge_feeds
from portal.knowledge.reading import preview_routes as knowledge_preview
from portal.knowledge.reading import routes as knowledge_routes
from portal.knowledge.reading import video_routes as knowledge_videos
from portal.knowledge.snippets import routes as snippet_routes
from portal.knowledge.snippets import template_routes as article_templates
from portal.knowledge.structure import link_routes as knowledge_structure
from portal.knowledge.structure import section_routes as knowledge_sections
from portal.knowledge.upkeep import routes as knowledge_upkeep
from portal.notifications import cli as mail_cli
from portal.notifications import queries as notifications
from portal.notifications import routes as notifications_routes
from portal.notifications import settings_routes as notice_settings
from portal.notifications import watch_routes
from portal.notifications.mail import staff_routes as staff_mail
from portal.notifications.mail import unsubscribe_routes
from portal.onboarding import cli as onboarding_cli
from portal.onboarding import routes as onboarding_routes
from portal.onboarding import staff_routes as onboarding_staff
from portal.onboarding.dates import routes as onboarding_dates
from portal.onboarding.goals import routes as onboarding_goals
from portal.onboarding.history import routes as onboarding_history
from portal.onboarding.maps import routes as success_maps
from portal.onboarding.nudges import routes as onboarding_nudges
from portal.onboarding.overview import routes as onboarding_overview
from portal.onboarding.peers import routes as onboarding_peers
from portal.onboarding.people import routes as onboarding_people
from portal.onboarding.quizzes import routes as onboarding_quizzes
from portal.onboarding.sharing import routes as onboarding_sharing
from portal.onboarding.talk import routes as onboarding_talk
from portal.onboarding.talk.queries import COMMENTS
from portal.onboarding.team import routes as onboarding_team
from portal.onboarding.updates import routes as onboarding_updates
from portal.reactions.subjects import named_for
from portal.search import cli as search_cli
from portal.search import routes as search_routes
from portal.search.curation import routes as search_curation
from portal.search.embedding import make_embedder
from portal.search.engine import SearchEngine
from portal.search.hybrid import HybridSearcher
from portal.search.learning import routes as search_learning
from portal.search.vectors import StoredVectors
from portal.search.whoosh_engine import WhooshEngine
from portal.support import routes as support_routes
from portal.web.assets import init_assets
from portal.web.cards import init_cards
from portal.web.errors import init_errors
from portal.web.fragments import init_fragments
from portal.web.headers import init_headers
from portal.web.language import init_language
from portal.web.limits import init_limits
from portal.web.probes import init_probes
from portal.web.problems import Cookies
from portal.web.times import init_times

FOR_PROGRAMS: Final = (api_accounts.bp, api_content.bp, api_signals.bp)
"""What keys open: no cookie is read there, so no form of another site can be sent there."""

BLUEPRINTS: Final = (
    *FOR_PROGRAMS,
    api_docs.bp,
    api_keys.bp,
    accounts_routes.bp,
    attachments.bp,
    files_routes.bp,
    forum_attachments.bp,
    forum_boards.bp,
    forum_cases.bp,
    forum_experts.bp,
    forum_experts.staff_bp,
    expert_settings.bp,
    forum_drafts.bp,
    forum_feeds.bp,
    forum_ideas.bp,
    forum_moderation.bp,
    forum_posts.bp,
    forum_reputation.bp,
    forum_routes.bp,
    forum_sanctions.bp,
    forum_sanctions.staff_bp,
    forum_tags.bp,
    forum_tags.staff_bp,
    harvest_routes.bp,
    health_routes.bp,
    health_actions.bp,
    health_alerts.bp,
    health_notes.bp,
    health_overrides.bp,
    health_portfolio.bp,
    health_tasks.bp,
    scoring_models.bp,
    health_validation.bp,
    article_batches.bp,
    insights_articles.bp,
    insights_knowledge.bp,
    insights_profiles.bp,
    insights_routes.bp,
    insights_staff.bp,
    insights_steps.bp,
    insights_upkeep.bp,
    article_templates.bp,
    knowledge_drafts.bp,
    knowledge_editor.bp,
    knowledge_feedback.bp,
    knowledge_feeds.bp,
    knowledge_history.bp,
    knowledge_preview.bp,
    knowledge_reviews.bp,
    knowledge_routes.bp,
    knowledge_settings.bp,
    knowledge_sections.bp,
    knowledge_staff.bp,
    knowledge_structure.bp,
    knowledge_upkeep.bp,
    knowledge_videos.bp,
    notifications_routes.bp,
    notice_settings.bp,
    watch_routes.bp,
    staff_mail.bp,
    unsubscribe_routes.bp,
    unmatched_signals.bp,
    own_signals.bp,
    onboarding_dates.bp,
    onboarding_goals.bp,
    onboarding_history.bp,
    onboarding_nudges.bp,
    onboarding_peers.bp,
    onboarding_overview.bp,
    onboarding_people.bp,
    onboarding_quizzes.bp,
    onboarding_routes.bp,
    onboarding_sharing.bp,
    onboarding_staff.bp,
    onboarding_talk.bp,
    onboarding_team.bp,
    onboarding_updates.bp,
    success_maps.bp,
    search_curation.bp,
    search_learning.bp,
    search_routes.bp,
    snippet_routes.bp,
    sitemap_routes.bp,
    support_routes.bp,
    support_routes.staff_bp,
)
COMMANDS: Final = (
    accounts_cli.accounts,
    accounts_cli.users,
    api_cli.api,
    forum_cli.forum,
    health_cli.health,
    insights_cli.insights,
    knowledge_cli.kb,
    mail_cli.mail,
    onboarding_cli.onboarding,
    imports_cli.imports,
    search_cli.search,
    adoption_cli.signals,
    *commands.COMMANDS,
)
STAFF_DOORS: Final = (
    ("insights_staff.show_home", _l("Today")),
    ("health.list_accounts", _l("Accounts")),
    ("account_tasks.list_tasks", _l("Tasks")),
    ("support_staff.list_all_requests", _l("Requests")),
    ("forum_cases.list_cases", _l("Moderation")),
    ("forum_boards.list_boards", _l("Boards")),
    ("forum_tags_staff.keep_tags", _l("Tags")),
    ("insights_staff.list_gaps", _l("Content gaps")),
    ("insights_articles.list_articles", _l("Articles")),
    ("curation.show_trial", _l("Search")),
    ("onboarding_overview.list_checklists", _l("Onboarding")),
    ("insights_staff.show_figures", _l("Figures")),
    ("unmatched_signals.list_unmatched", _l("Unmatched signals")),
    ("insights_staff.list_people", _l("People")),
    ("staff_mail.list_mails", _l("Mail")),
)
ADMIN_DOORS: Final = (("api_keys.list_keys", _l("Keys")),)
HERE: Final = Path(__file__).parent
LARGEST_REQUEST_BYTES: Final = 12 * 1024 * 1024


def migrations_folder() -> Path:
    """Return where the migrations lie: in the wheel, or beside the package in a checkout."""
    bundled = HERE / "_migrations"
    return bundled if bundled.exists() else HERE.parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application.

    Raises:
        SettingError: a setting in the environment cannot be used.
    """
    settings = settings or load_settings(os.environ)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("portal", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.signing_key(),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST_BYTES,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.uses_https,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # Flask's documented way.
    database.init_db(app, url=settings.sqlalchemy_url, migrations=str(migrations_folder()))
    app.session_interface = Cookies()
    protection = CSRFProtect(app)
    for exempt in ("portal.notifications.mail.unsubscribe_routes.delete_subscription", *FOR_PROGRAMS):
        protection.exempt(exempt)
    init_probes(app)
    init_fragments(app)
    init_headers(app)
    init_language(app, settings)
    init_limits(app, settings)
    init_errors(app)
    init_times(app)
    init_cards(app)
    init_sign_in(app)
    init_assets(app)
    ActivityLog(app, unnamed_accounts=unnamed_accounts)
    app.extensions["named_for"] = named_for
    app.extensions["write_portfolio"] = write_portfolio
    app.extensions["file_homes"] = (POSTS, COMMENTS)
    _init_search(app, settings)
    worker.init_worker(Jobs(app, settings, work=worker.work))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    _init_templates(app, settings)
    return app


def create_lasting_app(settings: Settings | None = None) -> Flask:
    """Make the application of a process that has no other: nothing that it consists of becomes garbage.

    Raises:
        SettingError: a setting in the environment cannot be used.
    """
    app = create_app(settings)
    gc.freeze()
    return app


def _init_search(app: Flask, settings: Settings) -> None:
    """Let things be found by their words and, where there is a model, by their meaning."""
    engine: SearchEngine = WhooshEngine(settings.index_dir)
    embedder = make_embedder(settings.embedding_url)
    places = (knowledge_queries.places, forum_queries.places)
    app.extensions.update(search_engine=engine, searcher=engine, embedder=embedder, places=places)
    if embedder:
        vectors = app.extensions["vectors"] = StoredVectors(embedder.model)
        app.extensions["searcher"] = HybridSearcher(engine, embedder, vectors.current)


def _init_templates(app: Flask, settings: Settings) -> None:
    """Give every page what its frame shows."""

    @app.context_processor
    def frame() -> dict[str, object]:
        return {"actor": current_actor(), "language": app.extensions["select_language"]()}

    def unread_count() -> int:
        actor = current_actor()
        if not actor.is_signed_in:
            return 0
        return notifications.unread_count_for(db.session(), actor, app.extensions["named_for"])

    app.jinja_env.filters["safe_html"] = as_markup
    app.jinja_env.globals.update(
        site=settings,
        languages=[(code, LANGUAGE_NAMES[code]) for code in settings.languages],
        unread_count=unread_count,
        staff_doors=STAFF_DOORS,
        admin_doors=ADMIN_DOORS,
        flag_reasons=FLAG_REASONS,
        kinds=KINDS,
        article_note=harvest_routes.article_note,
        topic_note=harvest_routes.topic_note,
        statuses=STATUSES,
        demo_people=lambda: LISTED if demo.is_demo(settings.data_dir) else (),
    )


@click.group(cls=FlaskGroup, create_app=create_lasting_app, add_default_commands=False, load_dotenv=False)
def _group() -> None:
    """Engawa: self-service and peer help, seen as account health."""


def main() -> None:
    """Run the `portal` command; a setting that cannot be used is told in one line."""
    configure_logging()
    try:
        _group()
    except SettingError as error:
        raise SystemExit(f"portal: {error}") from None
