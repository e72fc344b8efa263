from __future__ import annotations

from django.test import Client


def test_the_gallery_renders_every_component(reader: Client) -> None:
    answer = reader.get("/design/")
    assert answer.status_code == 200, answer.content.decode()[:2000]
