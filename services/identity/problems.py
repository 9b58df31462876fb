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
NO_PROVIDER = ProblemType("no-outside-provider", 404, "There is no other provider to come in through")
PROVIDER_AWAY = ProblemType("outside-provider-away", 424, "The other provider does not answer")
"""Not a 5xx: identity itself is well, and who asks it need not spare it."""
NOT_VOUCHED = ProblemType("not-vouched-for", 400, "The other provider's answer signs nobody in")
DECLINED = ProblemType("outside-sign-in-declined", 403, "The sign-in was given up at the other provider")
ARRIVAL_OVER = ProblemType("arrival-over", 410, "This arrival from another provider is over")
OTHER_BROWSER = ProblemType("other-browser", 409, "This was begun in another browser")
LINKED_ELSEWHERE = ProblemType("linked-elsewhere", 409, "This identity is linked with another account")
TOO_MANY_LINKS = ProblemType("too-many-links", 409, "No more identities can be linked with the account")
LAST_WAY_IN = ProblemType("last-way-in", 409, "One way into the account must remain")

CONSTRAINTS = {"uq_account_email": EMAIL_TAKEN, "uq_federated_identity_issuer_subject": LINKED_ELSEWHERE}
