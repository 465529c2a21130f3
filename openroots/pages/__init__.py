"""Web pages: what runs here, the catalogue of APIs, and the standards in force."""
