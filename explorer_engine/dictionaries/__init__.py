"""Dictionaries (sparse autoencoders) of every kind, and how they are read and written."""

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.gated import GatedDictionary
from explorer_engine.dictionaries.identity import IdentityDictionary
from explorer_engine.dictionaries.jumprelu import JumpReluDictionary
from explorer_engine.dictionaries.loading import load_dictionaries, save_dictionaries
from explorer_engine.dictionaries.registry import build, kinds
from explorer_engine.dictionaries.relu import ReluDictionary
from explorer_engine.dictionaries.topk import BatchTopKDictionary, TopKDictionary

__all__ = [
    "BatchTopKDictionary",
    "Dictionaries",
    "Dictionary",
    "GatedDictionary",
    "IdentityDictionary",
    "JumpReluDictionary",
    "ReluDictionary",
    "TopKDictionary",
    "build",
    "kinds",
    "load_dictionaries",
    "save_dictionaries",
]
