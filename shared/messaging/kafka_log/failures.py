"""What kafka-python raises, in the words of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors

from shared.messaging.log import Fenced, LogError, LogUnavailable, UnknownTopic

_FENCED = (errors.ProducerFencedError, errors.InvalidProducerEpochError, errors.InvalidTxnStateError)


def is_fenced(error: BaseException) -> bool:
    """Whether the error, or one it carries or came from, says that another producer took over."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if id(current) in seen or not isinstance(current, BaseException | type):
            continue
        seen.add(id(current))
        if isinstance(current, _FENCED) or (isinstance(current, type) and issubclass(current, _FENCED)):
            return True
        if isinstance(current, BaseException):
            waiting += [*current.args, current.__cause__, current.__context__]
    return False


def translate(error: BaseException, what: str) -> LogError:
    """The port's error for one of kafka-python's; ``what`` says what was being done."""
    if isinstance(error, LogError):
        return error
    if is_fenced(error):
        return Fenced(f"{what}: another writer of this name has taken over")
    if isinstance(error, errors.UnknownTopicOrPartitionError):
        return UnknownTopic(f"{what}: {error}")
    if isinstance(error, errors.RetriableError | errors.Cancelled | OSError):
        return LogUnavailable(f"{what}: {type(error).__name__}: {error}")
    return LogError(f"{what}: {type(error).__name__}: {error}")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turns kafka-python's errors into the port's."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise translate(error, what) from error
