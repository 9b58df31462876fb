"""Problems of this service's own, and the constraints whose violation they are."""

from shared.http.problems import CONFLICT, ProblemType

NOT_OPEN = ProblemType("call-not-open", 409, "The call does not take applications now")
DEADLINE_PASSED = ProblemType("deadline-passed", 409, "The deadline has passed; your draft is kept")
CONFLICT_OF_INTEREST = ProblemType("conflict-of-interest", 409, "A conflict of interest")
REVIEW_EXISTS = ProblemType("review-exists", 409, "There is a review by you already; change that one")
LAST_OWNER = ProblemType("last-owner", 409, "An organization needs an owner")
INVITATION_OVER = ProblemType("invitation-over", 410, "This invitation cannot be used any more")

CONSTRAINTS = {
    "uq_review_application_id_reviewer": REVIEW_EXISTS,
    "uq_partnership_application_id": CONFLICT,
}
