"""What actors do: one module for each part of the platform. Each function is one story, from its first request on."""
