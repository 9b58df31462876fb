"""What can go wrong here, and which database constraint means which of it."""

from __future__ import annotations

from shared.http.problems import ProblemType

EMAIL_TAKEN = ProblemType("email-taken", 409, "There is an account with this e-mail address")
WRONG_CREDENTIALS = ProblemType("wrong-credentials", 401, "E-mail and password do not match")
UNVERIFIED = ProblemType("unverified", 403, "The e-mail address was not verified yet")
SUSPENDED = ProblemType("suspended", 403, "The account is suspended")
LINK_USED = ProblemType("link-not-valid", 410, "This link is not valid any more")
SIGN_IN_ENDED = ProblemType("sign-in-ended", 401, "Sign in again")
REQUEST_OVER = ProblemType("authorization-request-over", 410, "This request does not wait for an answer any more")
SIGN_IN_AGAIN = ProblemType("sign-in-again", 403, "Show once more who you are")
LAST_ADMIN = ProblemType("last-admin", 409, "Somebody must remain an admin")

CONSTRAINTS = {"uq_account_email": EMAIL_TAKEN}
