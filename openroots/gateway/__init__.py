"""One request: who asks, may they, which service, the answer, the proof."""
