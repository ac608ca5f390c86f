"""The judging desk as a browser drives it: what it was sent, and presses that are sent back."""

from __future__ import annotations

import json
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

__all__ = ["Desk"]


class Desk:
    """The desk of a page in one browser tab."""

    def __init__(self, page: AppTest, tab: str = "tab") -> None:
        self.page, self.tab, self._n = page, tab, 0

    @property
    def sent(self) -> dict[str, Any]:
        """What the page sent last."""
        return json.loads(json.loads(self._proto.json)["desk"])

    @property
    def current(self) -> str:
        """The feature on screen."""
        return self.sent["current"]

    @property
    def html(self) -> str:
        """Its card."""
        return self.sent["cards"][0]["html"]

    def press(self, *acts: str | tuple[str, str], target: str | None = None, **told: Any) -> None:
        """Press keys one after another, faster than the page answers: each on the card that is shown then."""
        shown, presses = [card["ref"] for card in self.sent["cards"]], []
        for act in acts:
            name, value = (act, None) if isinstance(act, str) else act
            self._n += 1
            at = target or shown[0]
            presses.append({"n": self._n, "act": name, "value": value, "target": at, **told})
            if name in ("spurious", "relevant", "unsure", "skip") and len(shown) > 1:
                shown.pop(0)
        self.send(presses)

    def send(self, presses: Any, **more: Any) -> None:
        """What a browser sends, whatever it is."""
        said = {"tab": self.tab, "circuit": self.sent["circuit"], "presses": presses, **more}
        event = json.dumps([{"event": "said", "value": said}])
        states = self.page._tree.get_widget_states()
        states.widgets.append(
            WidgetState(id=_make_trigger_id(self._proto.id, "events"), json_trigger_value=event)
        )
        self.page._run(states)
        assert not self.page.exception, self.page.exception[0].message

    @property
    def _proto(self) -> Any:
        found = [e.proto for e in self.page.get("bidi_component") if "judge_desk" in e.proto.id]
        assert len(found) == 1, "the page has no desk"
        return found[0]
