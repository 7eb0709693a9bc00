"""Bad files, each with the sentence it must earn."""
