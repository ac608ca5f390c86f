"""A world's model and dictionaries in memory, once for everything that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import RLock
from typing import TYPE_CHECKING

from explorer_engine.dictionaries.base import Dictionaries, Dictionary
from explorer_engine.dictionaries.loading import map_dictionaries
from explorer_engine.errors import InputError
from explorer_engine.models import LanguageModel, load_model
from explorer_engine.sites import FeatureRef, Site
from explorer_engine.world.ablation import measure_ablation
from explorer_engine.world.sentence import Sentence, read_sentence
from explorer_engine.world.session import open_session, sample_of

if TYPE_CHECKING:
    from explorer_engine.dashboards.values import FeatureAblation
    from explorer_engine.shift.live import ShiftSession
    from explorer_engine.world.world import World

__all__ = ["LoadedWorld"]

Tell = Callable[[str], None]


class LoadedWorld:
    """What runs the model of one world: sessions of its classifiers, sentences, ablations, circuits.

    Nothing is loaded before it is asked for; the model is loaded once. Dictionaries are mapped from their
    files, each once: of large ones only the rows of the features that are asked about are read. Calls from
    several threads wait for each other while something loads. After `close` every call is a RuntimeError.
    """

    def __init__(
        self,
        world: World,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        workers: int = 2,
        tell: Tell = lambda _: None,
    ) -> None:
        """`device` "auto" is the GPU where there is one; `workers`: threads of a SHIFT session.

        `tell` is told in words what is being loaded.
        """
        self.world, self.device, self.dtype = world, device, dtype
        self._workers, self._tell = workers, tell
        self._lock = RLock()
        self._model: LanguageModel | None = None
        self._dictionaries: dict[Site, Dictionary] = {}
        self._sessions: dict[str, ShiftSession] = {}
        self._samples: dict[str, ShiftSession] = {}
        self._closed = False

    @property
    def model(self) -> LanguageModel:
        """The model. Raises InputError where the world's folder holds none that can be read."""
        with self._lock:
            self._check_open()
            if self._model is None:
                self._tell("loading the model")
                self._model = load_model(self.world.model, dtype=self.dtype, device=self.device)
            return self._model

    def dictionaries(self, sites: Iterable[Site] | None = None) -> Dictionaries:
        """The dictionaries at `sites`, None = at every site that has one, in the model's order of sites.

        They are mapped (`map_dictionaries`); what uses whole ones again and again should take `.to(dtype=…)`.
        Raises InputError for a site without a dictionary, for a damaged one, and for one of another model.
        """
        with self._lock:
            model = self.model
            known = [row.site for row in self.world.store.start.dictionaries()]
            wanted = sorted(known if sites is None else sites)
            if without := [site for site in wanted if site not in known]:
                raise InputError(f"{without[0]}: this world has no dictionary there")
            if missing := [site for site in wanted if site not in self._dictionaries]:
                self._tell("opening the dictionaries")
                self._dictionaries |= map_dictionaries(self.world.dictionaries, missing, model)
            if lost := [site for site in wanted if site not in self._dictionaries]:
                raise InputError(f"{self.world.dictionaries}: the dictionary at {lost[0]} is missing")
            return {site: self._dictionaries[site] for site in wanted}

    def session(self, task: str) -> ShiftSession:
        """The SHIFT session of a stored task, opened once. Raises InputError as `open_session` does."""
        with self._lock:
            self._check_open()
            if task not in self._sessions:
                self._sessions[task] = open_session(self, task, self._workers, self._tell)
            return self._sessions[task]

    def sample(self, task: str) -> ShiftSession:
        """The session of a stored task on one of SAMPLED development texts, opened once."""
        with self._lock:
            session = self.session(task)
            if task not in self._samples:
                self._samples[task] = sample_of(session)
            return self._samples[task]

    def has_session(self, task: str) -> bool:
        """Whether the session of a task is open: what it answers then needs no loading."""
        return task in self._sessions

    def sentence(self, ref: FeatureRef, text: str) -> Sentence:
        """A feature on a text of one's own. Raises InputError as `read_sentence` does."""
        with self._lock:  # hooks of two readings on one model would meet
            (dictionary,) = self.dictionaries([ref.site]).values()
            return read_sentence(self.model, dictionary, ref, text)

    def ablation(self, ref: FeatureRef) -> FeatureAblation:
        """What is lost without a feature. Raises InputError as `measure_ablation` does."""
        with self._lock:
            (dictionary,) = self.dictionaries([ref.site]).values()
            return measure_ablation(self.model, dictionary, self.world.store, ref)

    def close(self) -> None:
        """End all sessions and let go of the model and the dictionaries."""
        with self._lock:
            self._closed = True
            for session in (*self._sessions.values(), *self._samples.values()):
                session.close()
            self._sessions, self._samples, self._dictionaries, self._model = {}, {}, {}, None

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("this world is closed: open it again")
