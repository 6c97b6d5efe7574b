"""The one registry of figures: what each is called, what it means, and how it is measured."""

from collections.abc import Callable, Sequence
from typing import Final

from portal.core.errors import NotFoundError
from portal.insights import figures, rules
from portal.insights.definition import Figure, Group, RowKind
from portal.insights.figures import Result
from portal.insights.queries import Ledger


def _figure(
    group: Group,
    name: str,
    measure: Callable[[Ledger], Result],
    *rows: RowKind,
    en: tuple[str, str, str],
    ja: tuple[str, str, str],
    has_language: bool = True,
) -> Figure:
    """Write one row of the registry: label, unit and meaning in each language."""
    return Figure(
        name=name,
        group=group,
        label_en=en[0],
        label_ja=ja[0],
        unit_en=en[1],
        unit_ja=ja[1],
        meaning_en=en[2],
        meaning_ja=ja[2],
        rows=rows,
        has_language=has_language,
        measure=measure,
    )


FIGURES: Final = (
    _figure(
        Group.SELF_SERVICE,
        "help_sessions",
        lambda ledger: figures.help_session_count(ledger.sessions),
        RowKind.SESSION,
        en=(
            "Help sessions",
            "help sessions",
            (
                "The events of one visitor or user that begin with a search, an article view, an assistant "
                "question or the opening of the ask or contact form, with no gap above 30 minutes. A "
                "session escalated when a question or a request followed within 72 hours; it was resolved "
                "explicitly when the person said so, implicitly when something opened stayed open for 10 "
                "seconds; else it was abandoned. Until 72 hours have passed it is pending, and no "
                "deflection rate counts it."
            ),
        ),
        ja=(
            "ヘルプセッション",
            "セッション",
            (
                "1 人の訪問者または利用者の、検索・記事の閲覧・アシスタントへの質問・"
                "質問フォームか問い合わせフォームの表示から始まる一連の行動です。30 分を超えて間があくと、"
                "別のセッションになります。72 時間以内に質問や問い合わせがあれば「エスカレーション」、"
                "本人が解決したと答えれば「明示的な解決」、開いたものを 10 秒以上見ていれば「暗黙の解決」、"
                "どれでもなければ「離脱」です。72 時間たつまでは「判定待ち」で、"
                "問い合わせ削減率には数えません。"
            ),
        ),
    ),
    _figure(
        Group.SELF_SERVICE,
        "deflection_explicit",
        lambda ledger: rules.deflection_explicit(ledger.sessions),
        RowKind.SESSION,
        en=(
            "Deflection, explicit",
            "sessions with intent to ask",
            (
                "Sessions resolved explicitly ÷ sessions that reached the ask or contact form and were "
                "shown suggestions. Strict: only sessions with intent to ask count."
            ),
        ),
        ja=(
            "問い合わせ削減率（明示的）",
            "質問しようとしたセッション",
            (
                "明示的に解決したセッション ÷ 質問フォームか問い合わせフォームに達し、"
                "回答候補が表示されたセッション。質問する意思のあったセッションだけを数える、"
                "厳しい指標です。"
            ),
        ),
    ),
    _figure(
        Group.SELF_SERVICE,
        "deflection_implicit",
        lambda ledger: rules.deflection_implicit(ledger.sessions),
        RowKind.SESSION,
        en=(
            "Deflection, implicit (upper estimate)",
            "help sessions",
            (
                "Sessions resolved explicitly or implicitly ÷ all help sessions. An upper estimate, always "
                "beside the explicit one."
            ),
        ),
        ja=(
            "問い合わせ削減率（暗黙を含む上限）",
            "セッション",
            (
                "明示的または暗黙に解決したセッション ÷ すべてのヘルプセッション。上限の推定値なので、"
                "必ず明示的な率と並べて示します。"
            ),
        ),
    ),
    _figure(
        Group.SELF_SERVICE,
        "self_service_ratio",
        lambda ledger: rules.self_service_ratio(ledger.sessions, ledger.requests),
        RowKind.SESSION,
        RowKind.SIGNAL,
        en=(
            "Self-service ratio",
            "help sessions per request",
            "Help sessions ÷ requests: customers’ own answers per request.",
        ),
        ja=(
            "セルフサービス比",
            "問い合わせ 1 件あたりのセッション",
            "ヘルプセッション ÷ 問い合わせ。問い合わせ 1 件に対して、お客様が自分で答えを探した回数です。",
        ),
        has_language=False,
    ),
    _figure(
        Group.SELF_SERVICE,
        "search_success",
        lambda ledger: rules.search_success(ledger.sessions),
        RowKind.SIGNAL,
        en=(
            "Search success",
            "searches",
            (
                "Searches followed by an opened result in the same session ÷ searches. What is typed on "
                "within 30 seconds, with nothing done in between, is one search in every figure: the last."
            ),
        ),
        ja=(
            "検索成功率",
            "検索",
            (
                "同じセッションの中で結果が開かれた検索 ÷ 検索。"
                "ほかの操作をはさまず 30 秒以内に入力を続けた検索は、"
                "どの指標でも最後のものだけを 1 回と数えます。"
            ),
        ),
    ),
    _figure(
        Group.SELF_SERVICE,
        "zero_result_rate",
        lambda ledger: rules.zero_result_rate(ledger.sessions),
        RowKind.SIGNAL,
        en=("Zero-result rate", "searches", "Searches with no result ÷ searches."),
        ja=("結果 0 件の率", "検索", "結果が 0 件だった検索 ÷ 検索。"),
    ),
    _figure(
        Group.SELF_SERVICE,
        "refinement_rate",
        lambda ledger: rules.refinement_rate(ledger.sessions),
        RowKind.SIGNAL,
        en=("Refinement rate", "searches", "Searches followed by another search within 60 s ÷ searches."),
        ja=("再検索率", "検索", "60 秒以内に別の検索が続いた検索 ÷ 検索。"),
    ),
    _figure(
        Group.SELF_SERVICE,
        "mean_reciprocal_click_rank",
        lambda ledger: rules.mean_reciprocal_click_rank(ledger.sessions),
        RowKind.SIGNAL,
        en=(
            "Mean reciprocal click rank",
            "searches with an opened result",
            (
                "1 ÷ the best rank opened, averaged over the searches with an opened result: 1 when people "
                "always open the first one."
            ),
        ),
        ja=(
            "平均逆数クリック順位",
            "結果が開かれた検索",
            (
                "開かれた結果のうち最上位の順位の逆数を、結果が開かれた検索で平均したもの。"
                "いつも 1 位が開かれれば 1 になります。"
            ),
        ),
    ),
    _figure(
        Group.SELF_SERVICE,
        "queries_without_results",
        lambda ledger: figures.queries_without_results(ledger.sessions),
        RowKind.SIGNAL,
        en=("Queries without results", "searches", "Searches with no result, and what was typed."),
        ja=("結果のない検索語", "検索", "結果が 0 件だった検索と、入力された語です。"),
    ),
    _figure(
        Group.SELF_SERVICE,
        "article_helpfulness",
        lambda ledger: figures.article_helpfulness(ledger.votes),
        RowKind.SIGNAL,
        en=(
            "Article helpfulness",
            "votes",
            (
                "The lower bound of the Wilson interval of helpful ÷ votes, so that 1 of 1 does not beat 95 "
                "of 100. Of several votes of a person on an article, the last counts."
            ),
        ),
        ja=(
            "記事の役立ち度",
            "評価",
            (
                "「役に立った」÷ 評価の、ウィルソン信頼区間の下限です。"
                "1 件中 1 件が 100 件中 95 件を上回ることはありません。"
                "同じ人が同じ記事を何度か評価したときは、最後の評価を数えます。"
            ),
        ),
    ),
    _figure(
        Group.PEER_HELP,
        "solved_rate",
        lambda ledger: figures.solved_rate(ledger.questions, ledger.solutions, as_of=ledger.as_of),
        RowKind.SIGNAL,
        en=(
            "Solved rate",
            "questions asked at least 7 days ago",
            "Questions with an accepted answer within 7 days ÷ questions asked at least 7 days ago.",
        ),
        ja=(
            "解決率",
            "7 日以上前の質問",
            "7 日以内に解決した回答が選ばれた質問 ÷ 7 日以上前の質問。",
        ),
    ),
    _figure(
        Group.PEER_HELP,
        "time_to_first_answer",
        lambda ledger: figures.time_to_first_answer(ledger.questions, ledger.answers, as_of=ledger.as_of),
        RowKind.SIGNAL,
        en=(
            "Time to first answer",
            "questions",
            (
                "Median and 90th percentile of the first reply by someone else, over questions asked in the "
                "period. Unanswered ones are right-censored (Kaplan–Meier), never dropped."
            ),
        ),
        ja=(
            "最初の回答までの時間",
            "質問",
            (
                "期間中の質問について、ほかの人から最初の返信があるまでの時間の中央値と 90 パーセンタイル。"
                "未回答の質問も除かず、打ち切りとして扱います（カプラン・マイヤー法）。"
            ),
        ),
    ),
    _figure(
        Group.PEER_HELP,
        "peer_answer_share",
        lambda ledger: figures.peer_answer_share(ledger.acceptances),
        RowKind.SIGNAL,
        en=(
            "Peer-answer share",
            "accepted answers",
            "Accepted answers written by customers ÷ accepted answers.",
        ),
        ja=(
            "お客様による回答の割合",
            "解決した回答",
            "お客様が書いた解決した回答 ÷ 解決した回答。",
        ),
        has_language=False,
    ),
    _figure(
        Group.ONBOARDING,
        "onboarding_completion",
        lambda ledger: figures.onboarding_completion(ledger.plans, today=ledger.today),
        RowKind.CHECKLIST,
        en=(
            "Onboarding completion rate",
            "accounts whose end date has passed",
            (
                "Accounts that completed every required step by the plan’s end date ÷ accounts whose end "
                "date has passed, in the period. An account with several plans counts once for each."
            ),
        ),
        ja=(
            "オンボーディング完了率",
            "終了日を過ぎた顧客企業",
            (
                "終了日までに必須ステップをすべて完了した顧客企業 ÷ 期間中に終了日を過ぎた顧客企業。"
                "計画が複数ある顧客企業は、計画ごとに数えます。"
            ),
        ),
        has_language=False,
    ),
    _figure(
        Group.USE,
        "active_people",
        lambda ledger: figures.active_people(ledger.accounts),
        RowKind.PERSON,
        RowKind.ACCOUNT,
        en=(
            "Active people per seat",
            "active people per seat",
            (
                "People of paying accounts who did something in the last 28 days of the period ÷ the seats "
                "of those accounts."
            ),
        ),
        ja=(
            "シートあたりの利用者",
            "シートあたりの利用者",
            "期間の最後の 28 日間に何かをした、契約中の顧客企業の人数 ÷ その顧客企業のシート数。",
        ),
        has_language=False,
    ),
)


def figure_named(name: str) -> Figure:
    """Return the figure of this name.

    Raises:
        NotFoundError: there is none.
    """
    for figure in FIGURES:
        if figure.name == name:
            return figure
    raise NotFoundError("figure")


def figures_in(language: str | None) -> Sequence[Figure]:
    """Return the figures that can be told for one language; all of them for None."""
    return [figure for figure in FIGURES if figure.has_language or language is None]
