"""Text from anywhere, as a stream of documents: a data set of the hub, files, the installed packages."""
