"""The stages that a world is made of, one file a stage, whatever the model and the data."""
