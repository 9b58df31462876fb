"""The services of Demain. They never import each other."""
