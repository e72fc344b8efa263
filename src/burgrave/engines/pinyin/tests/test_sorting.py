from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.pinyin import LONGEST_KEY, sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("长城", "chang2 cheng2"),
        ("重庆", "chong2 qing4"),
        ("银行", "yin2 hang2"),
        ("女儿", "nv3 er2"),
        ("Web 9", "web 000000000009"),
        ("web-10", "web-000000000010"),
        ("Café", "cafe"),
        ("服务器 A", "fu2 wu4 qi4  a"),
        ("Ж", "~000436"),
        ("", ""),
    ],
)
def test_a_name_has_its_key(name: str, key: str) -> None:
    assert sort_key(name) == key


@pytest.mark.parametrize(("name", "first"), [("仇英", "qiu2"), ("曾国", "zeng1"), ("单雄", "shan4"), ("王伟", "wang2")])
def test_surnames_are_read_as_surnames(name: str, first: str) -> None:
    assert sort_key(name, is_person=True).startswith(first)


def test_a_surname_is_only_the_beginning() -> None:
    assert sort_key("简单", is_person=True) == "jian3 dan1"


def test_chinese_stands_among_latin_by_its_sound_and_numbers_by_their_value() -> None:
    names = ["web-10", "web-9", "张三", "北京", "Zebra", "安全", "alpha", "李四"]
    assert sorted(names, key=sort_key) == ["alpha", "安全", "北京", "李四", "web-9", "web-10", "Zebra", "张三"]


@given(st.text(max_size=400))
def test_a_key_is_short_and_ascii(name: str) -> None:
    key = sort_key(name)
    assert key.isascii()
    assert len(key) <= LONGEST_KEY
