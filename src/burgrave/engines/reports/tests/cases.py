"""A report with one block of each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from burgrave.engines.charts import Axis, LineFigure, Point, Series, Words, render
from burgrave.engines.reports import (
    Chart,
    Code,
    Column,
    Document,
    Facts,
    Heading,
    Labels,
    Notice,
    NoticeTone,
    PageBreak,
    Paragraph,
    Table,
)

NOON = datetime(2026, 3, 5, 12, 30, 15, tzinfo=UTC)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EVIL = '#panic("x") $x$ *b* _i_ `c` <label> @ref \\ // /* */ [ ] = ~ --- "q"'


def drawing(name: str = "Alerts 告警") -> str:
    points = tuple(Point(x=i, y=i * i) for i in range(4))
    axis = Axis(title="Day")
    figure = LineFigure(title=name, x=axis, y=axis, series=(Series(name=name, points=points),))
    return render(figure, words=Words())


def table(rows: int) -> Table:
    return Table(
        columns=(Column(title="Number"), Column(title="Name 名称", weight=3), Column(title="Count", is_numeric=True)),
        rows=tuple((f"AST-{i:06d}", f"Server {i} 服务器", str(i * 7)) for i in range(rows)),
    )


def report(*blocks: Any, **more: Any) -> Document:
    facts = {"title": "Asset register", "author": "Alice", "made_at": NOON, "blocks": blocks} | more
    return Document(**facts)


def whole(**more: Any) -> Document:
    return report(
        Heading("Overview"),
        Paragraph(f"Counted were all assets. 统计了全部资产。\nSecond line. {EVIL}"),
        Facts((("Owner", "Alice 王"), ("Host", "host-one.department.example.org/with-a-long-path"))),
        Heading("Figures", 2),
        Heading("By day", 3),
        Chart(svg=drawing(), caption="Alerts a day", said="Alerts rise."),
        Notice(title="Overdue", text="Two reviews are overdue.", tone=NoticeTone.ACT),
        Code(label="SHA-256", text=DIGEST),
        Code(label="", text="burgrave verify bundle.zip"),
        PageBreak(),
        Heading("Assets"),
        table(90),
        subtitle="Everything that is protected",
        marking="INTERNAL",
        organisation="Example 示例公司",
        cover=(("Made by", "Alice"), ("Scope", "Whole organisation")),
        **more,
    )


def in_chinese() -> Document:
    return report(
        Heading("概述"),
        Paragraph("本报告列出全部信息资产，及其保护需求。“引号”与标点。"),
        title="资产登记册",
        language="zh-hans",
        marking="内部",
        labels=Labels(
            contents="目录",
            page="第 {page} 页，共 {pages} 页",
            unseen_title="无法显示的字符",
            unseen="本报告的字体没有下列字符，均以 {mark} 代替：",
        ),
    )
