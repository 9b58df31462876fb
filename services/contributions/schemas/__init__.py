"""What goes over HTTP, one module for each aggregate."""
