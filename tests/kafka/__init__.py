"""What only Apache Kafka itself can show; runs with ``make test-kafka``."""
