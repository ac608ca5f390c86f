"""What the pages ask the artefact store, one module a page."""
