"""Keys, scopes, tokens and applications: by what a system or a person is known."""
