"""A column by which a list is sorted so that Chinese names stand by pinyin, in every database alike."""

from __future__ import annotations

from typing import Any

from django.db import models

from burgrave.engines.pinyin import LONGEST_KEY, sort_key


class SortKeyField(models.CharField):  # type: ignore[type-arg]  # the parameters are the stubs' own
    """Follows the field ``of`` whenever a row is saved whole or created; ``update_fields`` names both.

    A migration gives the column the collation of bytes on PostgreSQL (``collate_by_bytes``).
    """

    def __init__(self, *, of: str = "name", is_person: bool = False, **options: Any) -> None:
        self.of, self.is_person = of, is_person
        options |= {"max_length": LONGEST_KEY, "default": "", "blank": True, "editable": False}
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, arguments, options = super().deconstruct()
        for key in ("max_length", "default", "blank", "editable"):
            options.pop(key, None)
        return name, path, arguments, options | {"of": self.of, "is_person": self.is_person}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        key = sort_key(getattr(model_instance, self.of), is_person=self.is_person)
        setattr(model_instance, self.attname, key)
        return key
