"""The pages of the domain, as a person opens them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from burgrave.engines.norms import Kind, Language
from burgrave.people.models import Person
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models
from burgrave.policies.terms.drafts import DocumentFacts, Draft
from burgrave.policies.tests.house import BOTH, ENGLISH, ask, digest, norm, open_version, published
from burgrave.web.terms import Actor

Browser = Callable[[Actor], Client]
BOLD = "\n**Bold** and [the web](https://example.org/) and <script>alert(1)</script> ![x](https://evil.example/x.png)\n"


@pytest.fixture
def made(organisation: CastOrganisation, alice: Actor) -> UUID:
    return norm(organisation.root, actor=alice)


def test_the_list_shows_number_title_and_state(client_of: Browser, alice: Actor, made: UUID) -> None:
    page = client_of(alice).get("/policies/")
    assert page.status_code == 200
    for words in ("NRM-06", "Passwords", "Not in force yet", "Draft"):
        assert words in page.content.decode()
    assert made is not None


def test_an_empty_library_teaches_what_to_do(client_of: Browser, alice: Actor) -> None:
    assert "Adopt the starter library" in client_of(alice).get("/policies/").content.decode()


@pytest.mark.parametrize(
    "asked", ["kind=norm&state=new&stage=draft&only=mine", "q=passwords", "q=NRM-06", "only=overdue"]
)
def test_the_list_is_narrowed_by_its_address(client_of: Browser, alice: Actor, made: UUID, asked: str) -> None:
    page = client_of(alice).get(f"/policies/?{asked}").content.decode()
    assert (reverse("policies:document", args=[made]) in page) is (asked != "only=overdue")


def test_the_record_leads_to_its_versions(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    published(made, by=alice, approver=paula)
    page = client_of(alice).get(f"/policies/{made}/").content.decode()
    for words in ("Begin the next version", "口令", "In force", "Confirm that it is still right", "Retire", "History"):
        assert words in page


def test_a_text_is_shown_without_any_markup_of_its_own(
    client_of: Browser, organisation: CastOrganisation, alice: Actor
) -> None:
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root)
    made = commands.add_document(facts, Draft(sources={Language.ENGLISH: ENGLISH + BOLD}), actor=alice, now=NOON)
    page = client_of(alice).get(f"/policies/versions/{open_version(made).pk}/").content.decode()
    assert "<strong>Bold</strong>" in page
    assert '<a href="https://example.org/" rel="noopener noreferrer nofollow">the web</a>' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert 'src="https://evil' not in page
    assert "What could not be placed" in page


def test_both_languages_stand_side_by_side(client_of: Browser, alice: Actor, made: UUID) -> None:
    page = client_of(alice).get(f"/policies/versions/{open_version(made).pk}/").content.decode()
    assert '<article lang="en" class="norm-text"' in page
    assert '<article lang="zh-hans" class="norm-text"' in page
    assert 'id="en-ID-03"' in page
    assert '<data class="parameter" value="password.length" title="password.length">14 characters</data>' in page


def test_the_editor_saves_and_refuses_a_second_editor(
    client_of: Browser, alice: Actor, paula: Actor, made: UUID
) -> None:
    version = open_version(made)
    address = f"/policies/versions/{version.pk}/text/"
    first, second = client_of(alice), client_of(paula)
    assert "ID-03 Users shall choose" in first.get(address).content.decode()
    sent = {"english": ENGLISH.replace("14", "16") + "\r\nmore\r\n", "chinese": "", "summary": "16 now", "version": "1"}
    assert first.post(address, sent).status_code == 302
    kept = models.VersionText.objects.get(version=version)
    assert (kept.language, "\r" in kept.source) == ("en", False)
    refused = second.post(address, sent | {"english": "# Mine\n"})
    assert refused.status_code == 409
    assert "Alice Amsel" in refused.content.decode()
    assert "# Mine" in refused.content.decode()
    assert second.post(address, sent | {"version": "no"}).status_code == 422
    broken = first.post(address, sent | {"english": "---\ntitle: [\n---\n", "version": "2"})
    assert broken.status_code == 422
    assert "cannot be read" in broken.content.decode()


def test_the_preview_shows_text_and_findings_and_keeps_nothing(client_of: Browser, alice: Actor, made: UUID) -> None:
    version = open_version(made)
    sent = {"english": "# T\n\nAC-1 Passwords shall be appropriately long.\n", "chinese": "", "version": "1"}
    answer = (
        client_of(alice)
        .post(f"/policies/versions/{version.pk}/preview/", sent, headers={"HX-Request": "true"})
        .content.decode()
    )
    assert '<div id="preview"' in answer
    assert "A vague word" in answer
    assert "3:25" in answer
    assert "AC-1 Passwords shall be" in answer
    page = client_of(alice).post(f"/policies/versions/{version.pk}/text/", sent | {"act": "preview"})
    assert "A vague word" in page.content.decode()
    unreadable = client_of(alice).post(f"/policies/versions/{version.pk}/preview/", sent | {"english": "a\0"})
    assert "cannot be read" in unreadable.content.decode()
    assert open_version(made).edition == 1


def test_two_people_approve_and_the_version_is_published(
    client_of: Browser, alice: Actor, paula: Actor, quentin: Actor, made: UUID
) -> None:
    version = open_version(made)
    address = f"/policies/versions/{version.pk}/"
    author = client_of(alice)
    asking = author.get(f"{address}submit/").content.decode()
    assert "Paula Pappel" in asking
    plan = {"approvers_1": str(paula.person_id), "quorum_1": "1", "approvers_2": str(quentin.person_id), "version": "1"}
    assert author.post(f"{address}submit/", plan | {"quorum_1": "2"}).status_code == 422
    assert author.post(f"{address}submit/", plan).status_code == 302
    seen = {"sha256": digest(version.pk)}
    refused = client_of(quentin).post(f"{address}do/approve/", seen)
    assert refused.status_code == 409
    assert "not yet" in refused.content.decode()
    assert "Approve this text" in client_of(paula).get(address).content.decode()
    for who in (paula, quentin):
        assert client_of(who).post(f"{address}do/approve/", seen).status_code == 302
    assert client_of(paula).post(f"{address}do/publish/").status_code == 403
    assert author.post(f"{address}do/publish/").status_code == 302
    page = author.get(address).content.decode()
    assert "Canonical text" in page
    assert models.Version.objects.get(pk=version.pk).digest in page


def test_a_version_is_sent_back_withdrawn_and_discarded(
    client_of: Browser, alice: Actor, paula: Actor, made: UUID
) -> None:
    version = open_version(made)
    address = f"/policies/versions/{version.pk}/do"
    commands.submit(version.pk, ask((paula,)), edition=1, actor=alice, now=NOON)
    assert client_of(paula).post(f"{address}/reject/", {"reason": ""}).status_code == 422
    assert client_of(paula).post(f"{address}/reject/", {"reason": "too short"}).status_code == 302
    assert "too short" in client_of(alice).get(f"/policies/versions/{version.pk}/").content.decode()
    commands.submit(version.pk, ask((paula,)), edition=open_version(made).edition, actor=alice, now=NOON)
    assert client_of(alice).post(f"{address}/withdraw/", {"reason": "later"}).status_code == 302
    assert client_of(alice).post(f"{address}/fly/").status_code == 404
    assert client_of(alice).post(f"{address}/discard/").status_code == 302
    assert not models.Version.objects.filter(pk=version.pk).exists()
    assert "the draft was discarded" in client_of(alice).get(f"/policies/{made}/").content.decode()


def test_comments_are_made_and_answered(client_of: Browser, alice: Actor, dora: Actor, made: UUID) -> None:
    version = open_version(made)
    address = f"/policies/versions/{version.pk}/"
    assert client_of(dora).post(f"{address}do/comment/", {"clause": "ID-03", "text": "Why 14?"}).status_code == 302
    page = client_of(alice).get(address).content.decode()
    assert "1 open comment" in page
    said = models.Comment.objects.get()
    assert client_of(alice).post(f"/policies/comments/{said.pk}/resolve/", {"resolution": "Law"}).status_code == 302
    assert "resolved" in client_of(alice).get(address).content.decode()


def test_a_redline_shows_what_binds_otherwise(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    first = published(made, by=alice, approver=paula)
    assert "nothing to compare" in client_of(alice).get(f"/policies/versions/{first}/redline/").content.decode()
    second = commands.begin_draft(made, actor=alice, now=NOON)
    sources = {**BOTH, Language.ENGLISH: ENGLISH.replace("14 characters", "16 characters")}
    commands.save_draft(second, Draft(sources=sources), edition=1, actor=alice, now=NOON)
    page = client_of(alice).get(f"/policies/versions/{second}/redline/").content.decode()
    assert "<del>14</del><ins>16</ins>" in page
    assert "1 clause binds otherwise than before." in page


def test_a_day_finds_what_held(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    version = published(made, by=alice, approver=paula)
    browser = client_of(alice)
    assert "NRM-06" in browser.get("/policies/as-of/?on=2026-03-02").content.decode()
    assert "Nothing held on that day" in browser.get("/policies/as-of/?on=2026-03-01").content.decode()
    found = browser.get(f"/policies/{made}/on/?on=2026-03-02")
    assert found.headers["Location"] == f"/policies/versions/{version}/?on=2026-03-02"
    assert "It still holds." in browser.get(found.headers["Location"]).content.decode()
    assert "Nothing of it held" in browser.get(f"/policies/{made}/on/?on=2020-01-01").content.decode()


def test_the_linter_looks_at_the_whole_library(
    client_of: Browser, organisation: CastOrganisation, alice: Actor, made: UUID
) -> None:
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root)
    other = ENGLISH.replace("14 characters", "12 characters").replace("Passwords", "Other")
    commands.add_document(facts, Draft(sources={Language.ENGLISH: other}), actor=alice, now=NOON)
    page = client_of(alice).get("/policies/lint/").content.decode()
    assert "Two texts set one value differently" in page
    only = client_of(alice).get("/policies/lint/?severity=error").content.decode()
    assert "A policy that no norm implements" not in only
    narrowed = client_of(alice).get("/policies/lint/?code=contradicting-parameter&about=nrm-06").content.decode()
    assert "Two texts set one value differently" in narrowed.partition('class="findings"')[2]
    assert "missing-actor" not in narrowed.partition('class="findings"')[2]
    assert "The linter says nothing that fits this search." in (
        client_of(alice).get("/policies/lint/?about=no-such-text").content.decode()
    )
    Person.objects.filter(pk=alice.person_id).update(language="zh-hans")
    said = client_of(alice).get("/policies/lint/", {"about": "没有落实任何上层文件"}).content.decode()
    assert said.partition('class="findings"')[2].count("<li>") == 3
    assert made is not None


def test_variables_are_set_by_who_publishes(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    sent = {"english": "organisation = Northport\nmotto = Safe", "chinese": "organisation = 北港"}
    assert client_of(paula).post("/policies/variables/", sent).status_code == 403
    assert client_of(alice).post("/policies/variables/", sent).status_code == 302
    assert "北港" in client_of(alice).get("/policies/variables/").content.decode()
    assert client_of(alice).post("/policies/variables/", {"english": "no name!"}).status_code == 422
    assert made is not None


def test_a_code_from_paper_is_verified_by_anybody(
    client_of: Browser, alice: Actor, paula: Actor, charlie: Actor, made: UUID
) -> None:
    version = models.Version.objects.get(pk=published(made, by=alice, approver=paula))
    browser = client_of(charlie)
    typed = (version.code or "").lower().replace("-", " ")
    found = browser.get("/policies/verify/", {"code": typed}, follow=True).content.decode()
    assert "The text and its signature are genuine" in found
    assert "Read the text" not in found
    assert browser.get("/policies/verify/AAAA-AAAA-AAAA-AAAA/").status_code == 404
    models.VersionText.objects.filter(version=version, language="en").update(source="forged")
    page = browser.get(f"/policies/verify/{version.code}/").content.decode()
    assert "Do not rely on this document" in page


def test_the_files_of_the_signature_are_handed_out(client_of: Browser, alice: Actor, paula: Actor, made: UUID) -> None:
    draft = open_version(made)
    browser = client_of(alice)
    assert browser.get(f"/policies/versions/{draft.pk}/files/text/").status_code == 404
    version = models.Version.objects.get(pk=published(made, by=alice, approver=paula))
    files = {
        what: browser.get(f"/policies/versions/{version.pk}/files/{what}/").content
        for what in ("text", "statement", "signature", "key")
    }
    assert files["statement"].decode() == version.statement
    assert files["signature"] == base64.b64decode(version.signature)
    assert files["key"].startswith(b"-----BEGIN PUBLIC KEY-----")
    assert browser.get(f"/policies/versions/{version.pk}/files/other/").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans", "xx"])
@pytest.mark.parametrize(("form", "head"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_a_version_is_handed_out_as_a_file(
    client_of: Browser, alice: Actor, paula: Actor, made: UUID, language: str, form: str, head: bytes
) -> None:
    version = published(made, by=alice, approver=paula)
    sent = {"format": form, "language": language}
    answer = client_of(alice).post(f"/policies/versions/{version}/report/", sent)
    assert answer.status_code == 200
    assert answer.content.startswith(head)
    assert client_of(alice).post(f"/policies/versions/{version}/report/", {"format": "csv"}).status_code == 422


def test_a_document_is_added_edited_reviewed_and_retired(
    client_of: Browser, organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    browser = client_of(alice)
    sent = {
        "kind": "policy", "number": "", "english": "Acceptable use", "chinese": "", "unit": str(organisation.root),
        "owner": "", "review_every_days": "365",
    }  # fmt: skip
    assert browser.get("/policies/add/").status_code == 200
    assert browser.post("/policies/add/", sent | {"english": ""}).status_code == 422
    assert browser.post("/policies/add/", sent).headers["Location"].endswith("/text/")
    row = models.Document.objects.get(number="POL-01")
    assert browser.post("/policies/add/", sent | {"number": "POL-01"}).status_code == 409
    edited = {"unit": str(organisation.root), "owner": str(paula.person_id), "review_every_days": "90"}
    assert browser.get(f"/policies/{row.pk}/edit/").status_code == 200
    assert browser.post(f"/policies/{row.pk}/edit/", edited | {"version": "1"}).status_code == 409
    assert browser.post(f"/policies/{row.pk}/edit/", edited | {"version": str(row.version)}).status_code == 302
    assert browser.post(f"/policies/{row.pk}/begin/").status_code == 409
    published(row.pk, by=alice, approver=paula)
    row.refresh_from_db()
    assert browser.post(f"/policies/{row.pk}/review/", {"version": str(row.version)}).status_code == 302
    row.refresh_from_db()
    assert browser.post(f"/policies/{row.pk}/retire/", {"version": str(row.version)}).status_code == 422
    assert browser.post(f"/policies/{row.pk}/begin/").status_code == 302
    commands.discard_draft(open_version(row.pk).pk, actor=alice, now=NOON + timedelta(days=1))
    row.refresh_from_db()
    gone = {"version": str(row.version), "reason": "replaced"}
    assert browser.post(f"/policies/{row.pk}/retire/", gone).status_code == 302


def test_the_starter_library_is_adopted_once(client_of: Browser, organisation: CastOrganisation, alice: Actor) -> None:
    browser = client_of(alice)
    assert "NRM-06" in browser.get("/policies/starter/").content.decode()
    sent = {"unit": str(organisation.root), "language": "both"}
    assert browser.post("/policies/starter/", sent | {"language": "xx"}).status_code == 422
    assert browser.post("/policies/starter/", sent).status_code == 302
    assert models.Document.objects.count() == 39
    row = models.Document.objects.get(number="NRM-06")
    assert (row.languages, row.links.get(kind="implements").target.number) == (["en", "zh-hans"], "POL-01")
    assert "Everything that ships along is here" in browser.get("/policies/starter/").content.decode()


@pytest.mark.parametrize("many", [1, 50])
def test_the_list_asks_as_often_for_many_as_for_one(
    client_of: Browser, organisation: CastOrganisation, alice: Actor, many: int, django_assert_num_queries: object
) -> None:
    for number in range(many):
        norm(organisation.root, actor=alice, number=f"NRM-{number:02d}")
    browser = client_of(alice)
    browser.get("/policies/")
    with django_assert_num_queries(LIST_STATEMENTS):  # type: ignore[operator] # pytest-django's fixture
        assert browser.get("/policies/").status_code == 200


LIST_STATEMENTS = 8
