"""What goes over HTTP, by aggregate."""
