"""Where each model family keeps its sites: one small declaration a family, each in a file of this folder."""

from explorer_engine.families.family import Family, Place
from explorer_engine.families.registry import families, family_of, register_family
from explorer_engine.imports import import_all

__all__ = ["Family", "Place", "families", "family_of", "register_family"]

import_all(__name__)
