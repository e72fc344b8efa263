"""One-time passwords: the code of an authenticator app, and the step in which it was made."""

from burgrave.engines.otp.codes import DIGITS, PERIOD_SECONDS, SECRET_BYTES, address, code_at, matching_step, step_at

__all__ = ["DIGITS", "PERIOD_SECONDS", "SECRET_BYTES", "address", "code_at", "matching_step", "step_at"]
