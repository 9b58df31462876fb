"""The sections of the site, one folder each; `services.web.section.discover` finds them."""
