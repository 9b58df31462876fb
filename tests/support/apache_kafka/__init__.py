"""Apache Kafka itself, from its published Java artifacts, as a cluster of processes for tests (KRaft, no Docker).

``python -m tests.support.apache_kafka`` starts one to look at. It needs Java 17 and Maven.
"""

from tests.support.apache_kafka.cluster import ApacheKafka, Broker
from tests.support.apache_kafka.libraries import VERSION, NoJava, libraries

__all__ = ["VERSION", "ApacheKafka", "Broker", "NoJava", "libraries"]
