"""Names of features without a language model: patterns over tokens that say where a feature is active."""
