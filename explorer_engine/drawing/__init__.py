"""Pieces of pages and pictures as HTML and SVG, made from values: for the app and for the exported site."""
