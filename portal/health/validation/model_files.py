"""Scoring models written as files; needs the extra `fit`."""

from typing import Any, Final

import tomlkit
from tomlkit.items import AoT, Table

from portal.health.model import Component, Feature, Linear, Model

OPTIONAL: Final = ("window_days", "half_life_days")


def to_toml(model: Model, *, remarks: str = "") -> str:
    """Write a model so that `portal.health.model.load` reads the same; remarks go on top, as comments."""
    document = tomlkit.document()
    for line in remarks.splitlines():
        document.add(tomlkit.comment(line))
    document.add("version", tomlkit.item(model.version))
    document.add("bands", _table({"watch": model.watch_from, "healthy": model.healthy_from}))
    if fitted := model.fitted:
        document.add(
            "fitted",
            _table(
                {
                    "on": fitted.on,
                    "accounts": fitted.accounts,
                    "lost": fitted.lost,
                    "until": fitted.until.isoformat(),
                    "auc": fitted.auc,
                }
            ),
        )
    document.add("component", _array(map(_component, model.components)))
    return tomlkit.dumps(document)


def _component(component: Component) -> Table:
    table = _table(
        {
            "name": component.name,
            "label_en": component.label_en,
            "label_ja": component.label_ja,
            "weight": component.weight,
        }
    )
    table.add("feature", _array(map(_feature, component.features)))
    return table


def _feature(feature: Feature) -> Table:
    curve = feature.curve
    values: dict[str, Any] = {
        "name": feature.name,
        "label_en": feature.label_en,
        "label_ja": feature.label_ja,
        "measure": feature.measure.value,
        "kinds": list(feature.kinds),
    }
    values |= {"of": list(feature.of)} if feature.of else {}
    values |= {name: value for name in OPTIONAL if (value := getattr(feature, name)) is not None}
    values |= {"per_seat": True} if feature.per_seat else {}
    if isinstance(curve, Linear):
        values |= {"curve": "linear", "target": curve.target}
    else:
        values |= {"curve": "saturating", "scale": curve.scale}
    values |= {"weight": feature.weight}
    values |= {"min_evidence": feature.min_evidence} if feature.min_evidence > 1 else {}
    return _table(values)


def _table(values: dict[str, Any]) -> Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, value)
    return table


def _array(tables: Any) -> AoT:
    array = tomlkit.aot()
    for table in tables:
        array.append(table)
    return array
