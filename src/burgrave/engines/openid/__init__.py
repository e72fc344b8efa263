"""The answer of an OpenID provider, believed only after every check of OpenID Connect Core 1.0."""

from burgrave.engines.openid.tokens import ALGORITHMS, Expected, IdToken, TokenError, challenge_of, verify_id_token

__all__ = ["ALGORITHMS", "Expected", "IdToken", "TokenError", "challenge_of", "verify_id_token"]
