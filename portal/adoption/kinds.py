"""The one registry of signal kinds: what a row of the ledger may say, and what it means."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from portal.adoption.schemas import DataField, Schema, person, text, truth, whole
from portal.core.errors import NotFoundError
from portal.core.i18n import N_

NAME: Final = re.compile(r"(?=.{3,60}\Z)[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
PRODUCT: Final = "product."
VOIDED: Final = "signal.voided"
FREE: Final = Schema(is_open=True)


class Category(StrEnum):
    """What a kind of signal is evidence of."""

    SELF_SERVICE = "self_service"
    PEER_HELP = "peer_help"
    ONBOARDING = "onboarding"
    PRODUCT_USE = "product_use"
    FRICTION = "friction"
    CORRECTION = "correction"


class About(StrEnum):
    """Whose the subject of a kind of signal is: what becomes of it when the person behind it is erased."""

    OTHERS = "others"  # Something that many meet: it names nobody, and stays.
    OWN = "own"  # What the person made, which leads to that person: it goes with the name.
    ACCOUNTS = "accounts"  # A part of the account's plan, which says who did it: it stays, told apart.


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalKind:
    """A kind of fact.

    A `passive` one is noted in memory and written in batches; the others are written with the change that
    they report. A `received` one befalls its person: somebody else acted, and it says nothing of whether the
    person was there. `data` is what a row's data may hold, `about` whose its subject is.
    """

    name: str
    category: Category
    label_en: str
    label_ja: str
    meaning_en: str
    meaning_ja: str
    passive: bool = False
    received: bool = False
    data: Schema = Schema()
    about: About = About.OTHERS


def is_known(name: str) -> bool:
    """Tell whether a signal may be of this kind: a registered one, or any `product.…`."""
    return name in KINDS or (name.startswith(PRODUCT) and NAME.fullmatch(name) is not None)


def can_be_told(name: str) -> bool:
    """Tell whether another system may report signals of this kind: any but corrections of the ledger."""
    return is_known(name) and name != VOIDED


def kind_named(name: str) -> SignalKind:
    """Return the kind of this name; what the product made up is labelled in its own words.

    Raises:
        NotFoundError: no signal can be of this kind.
    """
    if kind := KINDS.get(name):
        return kind
    if not is_known(name):
        raise NotFoundError(N_("There is no kind of signal called %(name)s."), name=name)
    words = name.removeprefix(PRODUCT).replace("_", " ")
    return replace(
        KINDS["feature.used"], name=name, label_en=f"Product: {words}", label_ja=f"製品：{words}", data=FREE
    )


def schema_of(name: str) -> Schema:
    """Return what the data of signals of a known kind may hold."""
    kind = KINDS.get(name)
    return kind.data if kind else FREE


def _kind(
    category: Category,
    name: str,
    *,
    en: tuple[str, str],
    ja: tuple[str, str],
    passive: bool = False,
    received: bool = False,
    data: tuple[DataField, ...] | Schema = (),
    about: About = About.OTHERS,
) -> SignalKind:
    """Write one row of the registry: a name, and its label and meaning in each language."""
    return SignalKind(
        name=name,
        category=category,
        label_en=en[0],
        label_ja=ja[0],
        meaning_en=en[1],
        meaning_ja=ja[1],
        passive=passive,
        received=received,
        data=data if isinstance(data, Schema) else Schema(data),
        about=about,
    )


QUERY: Final = text("query", is_personal=True)
LANGUAGE: Final = text("language")

_self_service = partial(_kind, Category.SELF_SERVICE, passive=True)
_peer_help = partial(_kind, Category.PEER_HELP)
_onboarding = partial(_kind, Category.ONBOARDING)
_product_use = partial(_kind, Category.PRODUCT_USE)
_friction = partial(_kind, Category.FRICTION)

_REGISTRY: Final = (
    _self_service(
        "search.performed",
        en=("Searched", "Someone searched; how many results they got is kept, even when it is none."),
        ja=("検索", "検索しました。結果が 0 件でも件数を記録します。"),
        data=(QUERY, whole("results"), LANGUAGE),
    ),
    _self_service(
        "search.result_opened",
        en=(
            "Opened a search result",
            "Someone opened a result, or a title suggested while typing; its place is kept, counted from 1.",
        ),
        ja=(
            "検索結果を開く",
            "検索結果や、入力中に候補として表示されたタイトルを開きました。1 から数えた順位も記録します。",
        ),
        data=(QUERY, whole("rank"), truth("suggested")),
    ),
    _self_service(
        "article.viewed",
        en=("Opened an article", "Someone opened an article of the help center."),
        ja=("記事を開く", "ヘルプの記事を開きました。"),
        data=(LANGUAGE,),
    ),
    _self_service(
        "article.read",
        en=("Read an article", "An article stayed open for at least ten seconds."),
        ja=("記事を読む", "記事を 10 秒以上開いていました。"),
        data=(LANGUAGE,),
    ),
    _self_service(
        "article.voted",
        en=("Voted on an article", "A reader said whether an article helped."),
        ja=("記事を評価", "記事が役に立ったかどうかを答えました。"),
        passive=False,
        data=(truth("helpful", is_needed=True), text("reason"), LANGUAGE),
    ),
    _self_service(
        "topic.viewed",
        en=("Opened a topic", "Someone opened a topic of the community."),
        ja=("トピックを開く", "コミュニティのトピックを開きました。"),
    ),
    _self_service(
        "topic.read",
        en=("Read a topic", "A topic stayed open for at least ten seconds."),
        ja=("トピックを読む", "トピックを 10 秒以上開いていました。"),
    ),
    _self_service(
        "suggestion.shown",
        en=("Was shown suggestions", "Possible answers appeared while someone filled in a form."),
        ja=("回答候補の表示", "フォームの入力中に、答えになりそうな候補を表示しました。"),
        data=(QUERY, whole("results")),
    ),
    _self_service(
        "suggestion.opened",
        en=("Opened a suggestion", "Someone opened a suggested answer instead of sending a form."),
        ja=("回答候補を開く", "フォームを送る前に、回答候補を開きました。"),
    ),
    _self_service(
        "suggestion.resolved",
        en=("Solved by a suggestion", "Someone said that a suggested answer solved the problem."),
        ja=("回答候補で解決", "回答候補で解決したと答えました。"),
        passive=False,
    ),
    _self_service(
        "assistant.asked",
        en=("Asked the assistant", "Someone put a question to the assistant."),
        ja=("アシスタントに質問", "アシスタントに質問しました。"),
        data=(QUERY, LANGUAGE),
    ),
    _self_service(
        "assistant.answered",
        en=("Got an assistant’s answer", "The assistant answered and cited its sources."),
        ja=("アシスタントの回答", "アシスタントが出典を添えて回答しました。"),
    ),
    _self_service(
        "assistant.abstained",
        en=("Got no assistant’s answer", "The assistant found no source to answer from and said so."),
        ja=("アシスタントの回答なし", "アシスタントは根拠が見つからず、回答を控えました。"),
    ),
    _self_service(
        "video.watched",
        en=("Watched a video", "Someone watched a quarter, a half, three quarters or all of a how-to video."),
        ja=("動画を視聴", "使い方の動画を 25・50・75・100 % まで視聴しました。"),
        data=(text("video"), whole("percent")),
    ),
    _peer_help(
        "ask_form.opened",
        en=("Began to ask", "Someone opened the form for a question to the community."),
        ja=("質問フォームを開く", "コミュニティへの質問フォームを開きました。"),
        passive=True,
    ),
    _peer_help(
        "question.asked",
        en=("Asked a question", "Someone asked the community a question."),
        ja=("質問", "コミュニティで質問しました。"),
        data=(LANGUAGE,),
        about=About.OWN,
    ),
    _peer_help(
        "question.seconded",
        en=("Has a question too", "Someone said that they have another person’s question too."),
        ja=("同じ質問がある", "ほかの人の質問について、自分も同じ質問があると伝えました。"),
    ),
    _peer_help(
        "answer.posted",
        en=("Answered a question", "Someone replied to another person’s question."),
        ja=("回答", "ほかの人の質問に回答しました。"),
        data=(whole("topic_id", is_personal=True), person("asker_id")),
        about=About.OWN,
    ),
    _peer_help(
        "answer.accepted",
        en=(
            "Accepted an answer",
            "A question’s solution was chosen: by its asker, unless the data say otherwise.",
        ),
        ja=("解決した回答を選ぶ", "解決した回答が選ばれました。特に記録がなければ、選んだのは質問者です。"),
        data=(
            whole("post_id", is_personal=True),
            person("answerer_id"),
            truth("answered_by_staff"),
            truth("by_asker"),
        ),
        about=About.OWN,
    ),
    _peer_help(
        "answer.was_accepted",
        en=("Had an answer accepted", "Someone’s answer was chosen as the solution."),
        ja=("解決した回答に選ばれる", "自分の回答が、解決した回答に選ばれました。"),
        received=True,
        data=(whole("topic_id", is_personal=True), whole("asker_account_id", of_others=True)),
        about=About.OWN,
    ),
    _peer_help(
        "discussion.posted",
        en=("Started a discussion", "Someone started a discussion in the community."),
        ja=("ディスカッションを投稿", "コミュニティでディスカッションを始めました。"),
        data=(LANGUAGE,),
        about=About.OWN,
    ),
    _peer_help(
        "reply.posted",
        en=("Replied in a discussion", "Someone replied in a discussion, or again in their own question."),
        ja=("返信", "ディスカッションや自分の質問に返信しました。"),
        data=(whole("topic_id", is_personal=True), person("asker_id")),
        about=About.OWN,
    ),
    _peer_help(
        "post.voted",
        en=("Voted for a post", "Someone marked a post as useful."),
        ja=("投稿を評価", "投稿を「役に立った」と評価しました。"),
    ),
    _peer_help(
        "post.was_voted",
        en=("Had a post voted for", "Someone’s post was marked as useful."),
        ja=("投稿が評価される", "自分の投稿が「役に立った」と評価されました。"),
        received=True,
        data=(person("voter_id"), whole("voter_account_id", of_others=True)),
        about=About.OWN,
    ),
    _peer_help(
        "idea.posted",
        en=("Suggested an idea", "Someone suggested an improvement to the product."),
        ja=("アイデアを投稿", "製品の改善アイデアを投稿しました。"),
        data=(LANGUAGE,),
        about=About.OWN,
    ),
    _peer_help(
        "idea.voted",
        en=("Voted for an idea", "Someone supported an idea."),
        ja=("アイデアに賛成", "アイデアに賛成しました。"),
    ),
    _peer_help(
        "review.posted",
        en=("Wrote a review", "Someone wrote a review of the product."),
        ja=("レビューを投稿", "製品のレビューを投稿しました。"),
        data=(LANGUAGE,),
        about=About.OWN,
    ),
    _peer_help(
        "use_case.published",
        en=("Published a use case", "Someone published how they use the product."),
        ja=("活用事例を公開", "製品の活用事例を公開しました。"),
        data=(LANGUAGE,),
        about=About.OWN,
    ),
    _onboarding(
        "step.completed",
        en=(
            "Completed a step",
            "A step of the onboarding checklist was done, by hand or shown by other signals.",
        ),
        ja=("ステップを完了", "オンボーディングのステップを完了しました。手動と自動の両方を含みます。"),
        data=(whole("checklist_id"), truth("first_value"), truth("required")),
        about=About.ACCOUNTS,
    ),
    _onboarding(
        "step.reopened",
        en=("Reopened a step", "A step that was done is open again."),
        ja=("ステップを未完了に戻す", "完了したステップを未完了に戻しました。"),
        data=(whole("checklist_id"),),
    ),
    _onboarding(
        "checklist.completed",
        en=("Completed the checklist", "Every required step of a checklist was done."),
        ja=("チェックリストを完了", "チェックリストの必須ステップをすべて完了しました。"),
    ),
    _onboarding(
        "goal.reached",
        en=("Reached a goal", "An outcome agreed at the kickoff was reached."),
        ja=("目標を達成", "キックオフで合意した目標を達成しました。"),
    ),
    _onboarding(
        "phase.entered",
        en=(
            "Came into another phase",
            "The account came from onboarding into adoption, from there into expansion, or back.",
        ),
        ja=("フェーズの移行", "オンボーディング・アダプション・エクスパンションのあいだを移りました。"),
        data=(text("phase"), text("before"), text("ground")),
    ),
    _product_use(
        "user.signed_in",
        en=("Signed in", "Someone signed in to the portal."),
        ja=("サインイン", "ポータルにサインインしました。"),
    ),
    _product_use(
        "feature.used",
        en=("Used a feature", "Someone used a feature of the product, as the product reported it."),
        ja=("機能を利用", "製品の機能を利用しました（製品からの報告による）。"),
        data=Schema((text("feature"),), is_open=True),
    ),
    _friction(
        "contact_form.opened",
        en=("Began a request", "Someone opened the form for a request to the vendor."),
        ja=("問い合わせフォームを開く", "問い合わせフォームを開きました。"),
        passive=True,
    ),
    _friction(
        "request.opened",
        en=("Made a request", "Someone sent a question to the vendor’s staff."),
        ja=("問い合わせ", "スタッフに問い合わせました。"),
        about=About.OWN,
    ),
    _friction(
        "request.resolved",
        en=("Had a request resolved", "The vendor’s staff settled a request."),
        ja=("問い合わせの解決", "問い合わせが解決しました。"),
        received=True,
        about=About.OWN,
    ),
    _friction(
        "post.flagged",
        en=("Flagged a post", "Someone asked a moderator to look at a post."),
        ja=("投稿を報告", "投稿の確認をモデレーターに依頼しました。"),
        data=(text("reason"),),
    ),
    _kind(
        Category.CORRECTION,
        VOIDED,
        en=("Corrected the record", "An earlier signal was taken back, or is valid again."),
        ja=("記録の訂正", "以前のシグナルを取り消したか、取り消しを元に戻しました。"),
        data=(text("reason"),),
    ),
)

KINDS: Final = {kind.name: kind for kind in _REGISTRY}
RECEIVED: Final = frozenset(kind.name for kind in _REGISTRY if kind.received)
