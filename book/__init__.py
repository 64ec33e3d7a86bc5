"""What makes the site: text pages, the Sphinx extension, static files, the notebook normaliser."""
