"""Problems of this service's own, and the constraints whose violation they are."""

from shared.http.problems import ProblemType

ID_TAKEN = ProblemType("id-taken", 409, "This id is taken, perhaps by one that was merged; choose another")
CODE_TAKEN = ProblemType("code-taken", 409, "Another territory has this code")
TRANSLATED = ProblemType("translated", 409, "There is a translation into this language already")

CONSTRAINTS = {
    "pk_theme": ID_TAKEN,
    "pk_territory": ID_TAKEN,
    "uq_territory_code": CODE_TAKEN,
    "uq_contribution_translation": TRANSLATED,
}
