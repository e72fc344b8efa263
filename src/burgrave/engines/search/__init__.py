"""Words out of text in any script, the question that finds them again, and the order of what was found."""

from burgrave.engines.search.ranking import Document, score
from burgrave.engines.search.words import MOST_WORDS, Question, Word, folded, question, tokens

__all__ = ["MOST_WORDS", "Document", "Question", "Word", "folded", "question", "score", "tokens"]
