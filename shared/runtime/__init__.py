"""What a service declares, and what runs it: wiring, supervisor, health, telemetry."""
