# ruff: noqa: E501 - one case a line
"""Sentences are taken apart into who, what, when, how much and shown by what, in both languages."""

from __future__ import annotations

import pytest

from burgrave.engines.norms import Language, Modality, Requirement, read
from burgrave.engines.norms.quantities import cadence_days, number_of, quantities

SHALL, SHALL_NOT, SHOULD, SHOULD_NOT, MAY = (
    Modality.SHALL, Modality.SHALL_NOT, Modality.SHOULD, Modality.SHOULD_NOT, Modality.MAY,
)  # fmt: skip


def one(sentence: str, roles: str = "") -> Requirement:
    front = f"---\nroles: [{roles}]\n---\n" if roles else ""
    clauses = read(f"{front}{sentence}\n", path="n.md").clauses
    assert len(clauses) == 1, clauses
    assert len(clauses[0].requirements) == 1, clauses[0].requirements
    return clauses[0].requirements[0]


@pytest.mark.parametrize(
    ("sentence", "modality"),
    [
        ("Users shall sign.", SHALL), ("Users must sign.", SHALL), ("Users are required to sign.", SHALL),
        ("The owner is responsible for signing.", SHALL), ("Users have to sign.", SHALL), ("Users will sign.", SHALL),
        ("Users shall not sign.", SHALL_NOT), ("Users must not sign.", SHALL_NOT), ("Users may not sign.", SHALL_NOT),
        ("Users cannot sign.", SHALL_NOT), ("Users can't sign.", SHALL_NOT), ("Users are prohibited from signing.", SHALL_NOT),
        ("Users are not allowed to sign.", SHALL_NOT), ("Users should sign.", SHOULD),
        ("Users are expected to sign.", SHOULD), ("Users should not sign.", SHOULD_NOT), ("Users may sign.", MAY),
        ("Users can sign.", MAY), ("Do not sign.", Modality.INSTRUCTION), ("Please report it.", Modality.INSTRUCTION),
        ("用户应当签字。", SHALL), ("用户必须签字。", SHALL), ("用户应签字。", SHALL), ("用户须签字。", SHALL),
        ("用户不得签字。", SHALL_NOT), ("严禁用户签字。", SHALL_NOT), ("用户不应签字。", SHALL_NOT),
        ("用户宜签字。", SHOULD), ("用户不宜签字。", SHOULD_NOT), ("用户可以签字。", MAY), ("用户可签字。", MAY),
        ("请勿签字。", Modality.INSTRUCTION),
    ],
)  # fmt: skip
def test_the_modality_is_what_the_word_says(sentence: str, modality: Modality) -> None:
    assert one(sentence).modality is modality


@pytest.mark.parametrize(
    "sentence",
    [
        "The room is green.",
        "应用系统响应请求。",
        "对应的供应商适应反应。",
        "许可与可用性、可靠性。",
        "适宜的事宜。",
        "应急预案",
    ],
)
def test_a_fact_asks_for_nothing(sentence: str) -> None:
    assert read(f"{sentence}\n", path="n.md").clauses == ()


def test_an_active_sentence_has_its_subject_as_actor() -> None:
    found = one("The system owner shall review all access rights at least every 90 days.")
    assert (found.actor, found.verb, found.is_passive) == ("The system owner", "review", False)
    assert found.object.startswith("all access rights")
    assert (found.cadence_days, found.quantities) == (90, ())


def test_a_passive_sentence_has_its_subject_as_object_and_whom_it_names_as_actor() -> None:
    found = one("Backups shall be tested by the system owner every quarter.")
    assert (found.actor, found.verb, found.object) == ("the system owner", "tested", "Backups")
    assert found.is_passive
    assert one("Backups shall be encrypted by AES.").actor == ""
    assert one("Backups shall be encrypted.").actor == ""


def test_a_thing_is_no_actor_unless_the_document_says_so() -> None:
    assert one("Passwords shall have at least 14 characters.").actor == ""
    assert one("The gatekeeper shall open.").actor == ""
    assert one("The gatekeeper shall open.", roles="gatekeeper").actor == "The gatekeeper"
    assert one("{{organisation}} shall publish the list.").actor == "{{organisation}}"


def test_conditions_in_front_and_behind_are_kept() -> None:
    front = one("If a key is lost, the owner shall report it.")
    assert (front.condition, front.actor) == ("If a key is lost", "the owner")
    both = one("When a person leaves, the manager shall collect the keys before the last day ends.")
    assert both.condition == "When a person leaves; before the last day ends"
    assert one("Users shall stop when asked.").condition == "when asked"
    whole = one("If users must sign, the door opens.")
    assert (whole.condition, whole.actor) == ("", "If users")


def test_an_instruction_behind_a_condition_is_an_instruction() -> None:
    found = one("If you must store passwords, use a password manager within 2 days.")
    assert (found.modality, found.condition, found.verb) == (Modality.INSTRUCTION, "If you must store passwords", "use")
    assert [each.words for each in found.quantities] == ["within 2 days"]


def test_evidence_inside_the_sentence_is_found() -> None:
    assert one("The owner shall review rights, recorded in the access register.").evidence == "the access register"
    assert one("安全负责人应当每年评审权限，并记录在台账中。").evidence == "台账中"


@pytest.mark.parametrize(
    ("sentence", "actor", "thing", "condition"),
    [
        ("系统管理员应在员工离职后1个工作日内停用其账号。", "系统管理员", "1个工作日内停用其账号", "员工离职后"),
        ("发现事件时，员工应当报告。", "员工", "报告", "发现事件时"),
        ("备份应当由系统所有者测试。", "", "由系统所有者测试", ""),
        ("权限变更应当由部门经理批准。", "部门经理", "由部门经理批准", ""),
        ("由安全部门负责的日志应当保存。", "安全部门", "保存", ""),
    ],
)
def test_chinese_sentences_are_taken_apart(sentence: str, actor: str, thing: str, condition: str) -> None:
    found = one(sentence)
    assert (found.actor, found.object, found.condition, found.verb) == (actor, thing, condition, "")


def test_sentences_are_cut_at_their_ends_and_nowhere_else() -> None:
    clause = read(
        "The owner shall use approved tools, e.g. Locks, for version 2.0. Users shall sign; no more.  \n"
        "The board shall vote!\n",
        path="n.md",
    ).clauses[0]
    assert [each.place.column for each in clause.requirements] == [11, 72, 11]
    assert [each.place.line for each in clause.requirements] == [1, 1, 2]


def test_marks_of_markdown_are_not_part_of_what_is_said() -> None:
    found = one("**AC-1** The *system owner* shall use [the tool](tool.md) `x` with [[a = 1 day]].")
    assert found.sentence == "The system owner shall use the tool x with a = 1 day."


@pytest.mark.parametrize(
    ("words", "number", "unit", "bound"),
    [
        ("at least 14 characters", 14, "characters", "min"), ("14 characters or more", 14, "characters", "min"),
        ("within 24 hours", 1, "days", "max"), ("no later than five working days", 7, "days", "max"),
        ("two months", 60, "days", "exact"), ("50 %", 50, "percent", "exact"), ("99.5 percent", 99.5, "percent", "exact"),
        ("after 5 failed attempts", 5, "attempts", "exact"), ("3 copies", 3, "copies", "exact"),
        ("10,000 EUR", 10000, "eur", "exact"), ("two people", 2, "persons", "exact"), ("a 256-bit", 256, "bits", "exact"),
        ("three (3) approvers", 3, "persons", "exact"), ("two factors", 2, "factors", "exact"),
        ("不少于14个字符", 14, "characters", "min"), ("12位以上", 12, "characters", "min"), ("24小时内", 1, "days", "max"),
        ("不超过三个月", 90, "days", "max"), ("两种因素", 2, "factors", "exact"), ("十五天", 15, "days", "exact"),
        ("二十天", 20, "days", "exact"), ("四十五天", 45, "days", "exact"), ("连续5次", 5, "attempts", "exact"), ("5个工作日内", 7, "days", "max"),
    ],
)  # fmt: skip
def test_a_quantity_is_read_in_base_units(words: str, number: float, unit: str, bound: str) -> None:
    (found,) = quantities(words)
    assert (round(found.number, 9), found.unit, found.bound) == (number, unit, bound)


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("annually", 365), ("semi-annually", 182.5), ("quarterly", 91), ("on a monthly basis", 30), ("once a year", 365),
        ("twice a year", 182.5), ("three times per week", 7 / 3), ("every 90 days", 90), ("every other week", 14),
        ("every two years", 730), ("each quarter", 91), ("every single day", 1), ("每年", 365), ("每半年", 182.5),
        ("每季度", 91), ("每90天", 90), ("每两个月", 60), ("按月", 30), ("年度评审", 365), ("daily", 1), ("hourly", 1 / 24),
        ("每半月", 15),
    ],
)  # fmt: skip
def test_a_cadence_is_read_in_days(words: str, days: float) -> None:
    found = cadence_days(words)
    assert found is not None
    assert round(found, 9) == round(days, 9)
    assert quantities(words) == ()


def test_what_is_no_number_no_quantity_and_no_cadence_is_none() -> None:
    assert (quantities(""), quantities("many days"), cadence_days("often")) == ((), (), None)
    assert number_of("1,5") == 1.5
    with pytest.raises(ValueError, match="dozen"):
        number_of("dozen")


def test_a_modality_binds_or_not_and_a_clause_has_its_strongest() -> None:
    assert [each for each in Modality if each.binds] == [SHALL, SHALL_NOT]
    clause = read("Users may sign. Users should read. Users shall not lie.\n", path="n.md").clauses[0]
    assert clause.modality is SHALL_NOT
    assert read("x\n", path="n.md").language is Language.ENGLISH
