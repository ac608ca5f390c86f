"""A world as a static site: pages of HTML with one style sheet, links between them, files to take away."""
