"""Names in the order in which a reader of Chinese looks for them: by their pinyin, in ASCII, for any database."""

from burgrave.engines.pinyin.sorting import LONGEST_KEY, sort_key

__all__ = ["LONGEST_KEY", "sort_key"]
