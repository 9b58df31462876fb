"""A service that hears of bulletins: `heard` holds what it knows, `hearing` every application, in order."""
