"""What files about ATT&CK are refused for."""


class AttackFileError(ValueError):
    """The file cannot be taken; ``str()`` says where, what was got and what was expected, ``mend`` what to do.

    ``words`` fill the ``%(name)s`` places of ``sentence``.
    """

    def __init__(self, sentence: str, words: dict[str, str] | None = None, *, mend: str = "") -> None:
        super().__init__(sentence % words if words else sentence)
        self.sentence = sentence
        self.words = words or {}
        self.mend = mend
