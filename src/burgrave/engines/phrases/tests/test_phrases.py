"""A phrase reads as English and keeps its pieces."""

from __future__ import annotations

from burgrave.engines.phrases import Phrase


def test_a_phrase_reads_as_english_and_keeps_its_pieces() -> None:
    inner = Phrase("line %(line)s", line="7")
    whole = Phrase("%(where)s: 100 %% of it", where=inner)
    assert whole == "line 7: 100 % of it"
    assert (whole.sentence, whole.words) == ("%(where)s: 100 %% of it", {"where": inner})
    assert isinstance(whole.words["where"], Phrase)


def test_a_phrase_without_words_is_taken_as_it_stands() -> None:
    assert Phrase("100 % of it") == "100 % of it"
    assert not Phrase("nothing").words
