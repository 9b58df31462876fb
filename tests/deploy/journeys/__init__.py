"""The journeys, on the processes that ``docker-compose.yml`` describes."""
