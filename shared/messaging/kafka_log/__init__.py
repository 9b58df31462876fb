"""The log on Kafka, through kafka-python."""

from shared.messaging.kafka_log.log import KafkaLog
from shared.messaging.kafka_log.settings import KafkaSettings

__all__ = ["KafkaLog", "KafkaSettings"]
