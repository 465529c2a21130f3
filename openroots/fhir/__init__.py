"""What a FHIR resource is, and questions about one. A resource is a plain dict, or its bytes."""
