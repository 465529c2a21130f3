"""The register: standards, the decisions made about them, and the rulebook they compile to."""
