"""The panels of a Grafana dashboard as JSON values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SOURCE = {"type": "prometheus", "uid": "prometheus"}
_COLUMNS = 24


@dataclass(frozen=True)
class Query:
    """A question to Prometheus; ``legend`` names its series, ``{{label}}`` for the value of a label."""

    expression: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """A panel: ``kind`` is Grafana's type, ``unit`` Grafana's unit; ``width`` of 24 columns, ``height`` in rows."""

    title: str
    kind: str
    queries: Sequence[Query]
    unit: str = "short"
    width: int = 8
    height: int = 8
    description: str = ""
    limits: Sequence[tuple[str, float]] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def data(self, number: int, column: int, row: int) -> Mapping[str, Any]:
        """Return the panel at a place."""
        instant = self.kind in ("stat", "table")
        defaults: dict[str, Any] = {"unit": self.unit, "min": 0}
        if self.limits:
            steps = [{"color": "green", "value": None}, *({"color": name, "value": at} for name, at in self.limits)]
            defaults |= {"thresholds": {"mode": "absolute", "steps": steps}, "color": {"mode": "thresholds"}}
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            **({"description": self.description} if self.description else {}),
            "datasource": SOURCE,
            "gridPos": {"x": column, "y": row, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": defaults, "overrides": []},
            "options": _options(self.kind),
            **self.options,
            "targets": [
                {
                    "refId": chr(ord("A") + at),
                    "datasource": SOURCE,
                    "expr": query.expression,
                    **({"legendFormat": query.legend} if query.legend else {}),
                    **({"instant": True, "range": False} if instant else {"range": True}),
                    **({"format": "table"} if self.kind == "table" else {}),
                }
                for at, query in enumerate(self.queries)
            ],
        }


@dataclass(frozen=True)
class Row:
    """Panels side by side under a title, in lines of 24 columns."""

    title: str
    panels: Sequence[Panel]


def placed(rows: Iterable[Row]) -> Iterable[Mapping[str, Any]]:
    """Yield the rows and their panels, each at its place, numbered from 1."""
    number, top = 1, 0
    for row in rows:
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": top, "w": _COLUMNS, "h": 1},
            "panels": [],
        }
        number, top, left, height = number + 1, top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > _COLUMNS:
                top, left, height = top + height, 0, 0
            yield panel.data(number, left, top)
            number, left, height = number + 1, left + panel.width, max(height, panel.height)
        top += height


def _options(kind: str) -> Mapping[str, Any]:
    match kind:
        case "stat":
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "none"}
        case "table":
            return {"showHeader": True, "sortBy": [{"displayName": "Requests a second", "desc": True}]}
        case _:
            return {
                "legend": {"displayMode": "list", "placement": "bottom"},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
