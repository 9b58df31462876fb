"""What ``docker-compose.yml`` and ``deploy/`` say: read, checked, and started without Docker."""
