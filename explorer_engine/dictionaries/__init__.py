"""Dictionaries (sparse autoencoders) of every kind, and how they are read and written."""

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.identity import IdentityDictionary
from explorer_engine.dictionaries.loading import load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.registry import build, kinds
from explorer_engine.dictionaries.relu import ReluDictionary

__all__ = [
    "Dictionaries",
    "Dictionary",
    "IdentityDictionary",
    "ReluDictionary",
    "build",
    "kinds",
    "load_dictionaries",
    "save_dictionaries",
]
