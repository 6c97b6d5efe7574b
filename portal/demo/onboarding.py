"""The demo's success map, and a checklist for every account."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.actors import SYSTEM, Role
from portal.demo.people import Cast
from portal.knowledge.models import Article
from portal.onboarding import service
from portal.onboarding.models import ChecklistStep
from portal.onboarding.rules import Proof

# Title and reason in both languages, the article, the day it is due, and what proves it (None: by hand).
STEPS: Final[tuple[dict[str, Any], ...]] = (
    {
        "en": ("Hold the kickoff meeting", "You and your CS manager agree on what success looks like."),
        "ja": ("キックオフミーティングを行う", "担当のCSマネージャーと、何をもって成功とするかを決めます。"),
        "article": "01-getting-started/first-steps",
        "due": 5,
        "proof": None,
    },
    {
        "en": ("Bring in your products", "Orders, stock and invoices all start from the product list."),
        "ja": ("商品を取り込む", "受注も在庫も請求も、商品の一覧から始まります。"),
        "article": "01-getting-started/import-products-from-csv",
        "due": 7,
        "proof": Proof(kind="feature.used", where={"feature": ("import",)}),
    },
    {
        "en": (
            "Get two people signed in",
            "Hakobu helps most when the office and the warehouse see the same.",
        ),
        "ja": ("2人以上でサインインする", "事務所と倉庫が同じ画面を見ると、いちばん効果があります。"),
        "article": "01-getting-started/invite-teammates",
        "due": 10,
        "proof": Proof(kind="user.signed_in", count=2, people=2),
    },
    {
        "en": ("Enter your first order", "The first order that goes out is the first value you get."),
        "ja": ("最初の受注を登録する", "最初の1件を出荷できたとき、効果を実感していただけます。"),
        "article": "02-orders/create-your-first-order",
        "due": 14,
        "proof": Proof(kind="feature.used", where={"feature": ("orders",)}),
        "first_value": True,
    },
    {
        "en": ("Plan your first route", "Drivers save time from the first morning."),
        "ja": ("最初の配送ルートを組む", "初日の朝から、ドライバーの時間が節約できます。"),
        "article": "04-deliveries/plan-routes-and-delivery-windows",
        "due": 21,
        "proof": Proof(kind="feature.used", where={"feature": ("routes",)}),
    },
    {
        "en": ("Agree on closing dates", "Invoices come out right only when closing dates are."),
        "ja": ("締め日を登録する", "締め日が正しければ、請求書も正しく発行されます。"),
        "article": "05-invoicing/set-closing-dates",
        "due": 28,
        "proof": None,
    },
    {
        "en": ("Issue your first invoices", "From here on, the whole round runs in Hakobu."),
        "ja": ("最初の請求書を発行する", "ここまで来れば、業務の一巡がハコブで回ります。"),
        "article": "05-invoicing/issue-invoices",
        "due": 35,
        "proof": Proof(kind="feature.used", where={"feature": ("invoices",)}),
    },
    {
        "en": ("Ask or answer in the community", "Others have solved what you are about to meet."),
        "ja": ("コミュニティで質問または回答する", "これから出会う問題は、誰かがすでに解決しています。"),
        "article": None,
        "due": 45,
        "proof": Proof(kind="question.asked"),
        "optional": True,
    },
)
BY_HAND: Final = {"thriving": 6, "silent": 9, "noisy": 12, "churned": 20}


def roll_out(session: Session, cast: Cast, articles: dict[str, Article]) -> None:
    """Make the success map and start a checklist for every account, on the day the account started."""
    names = {"en": "Roll out Hakobu", "ja": "ハコブの導入"}
    success_map = service.add_map(session, actor=SYSTEM, names=names, persona="Operations lead")
    for step in STEPS:
        service.add_step(session, actor=SYSTEM, map_id=success_map.id, draft=_draft(step, articles))
    for account in cast.accounts.values():
        service.start_checklist(
            session,
            actor=SYSTEM,
            account_id=account.id,
            map_id=success_map.id,
            started_on=account.started_on,
        )


def _draft(step: dict[str, Any], articles: dict[str, Article]) -> service.StepDraft:
    return service.StepDraft(
        titles={language: step[language][0] for language in ("en", "ja")},
        reasons={language: step[language][1] for language in ("en", "ja")},
        article_id=articles[step["article"]].id if step["article"] else None,
        due_after_days=step["due"],
        is_required=not step.get("optional"),
        is_first_value=bool(step.get("first_value")),
        proof=step["proof"],
    )


def tick_by_hand(session: Session, cast: Cast) -> None:
    """Complete the steps that people tick themselves; those who are stuck never got past the kickoff."""
    for external_id, account in cast.accounts.items():
        champion = next(user for user in cast.members(external_id) if user.role is Role.CHAMPION).as_actor()
        steps = session.scalars(
            select(ChecklistStep)
            .where(ChecklistStep.checklist.has(account_id=account.id), ChecklistStep.proof.is_(None))
            .order_by(ChecklistStep.position)
        ).all()
        days_late = BY_HAND.get(cast.fates[external_id])
        for step in steps[:1] if days_late is None else steps:
            day = step.due_on + timedelta(days=(days_late or 0) - 7)
            at = datetime.combine(day, time(2, 30), UTC)
            service.complete_step(session, actor=champion, step_id=step.id, now=at)
