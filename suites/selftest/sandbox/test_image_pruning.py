"""An image is kept for a week after its last use, whoever used it, and longer where it is among the few used last."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import docker.errors
import pytest
from servecheck.sandbox import image_pruning
from servecheck.sandbox.image_pruning import LABEL, REPOSITORY, prune, stamp

TODAY = date(2026, 11, 29)


@pytest.fixture(autouse=True)
def _on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_pruning, "_today", lambda: TODAY)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def stamped(name: str, days: int) -> str:
    return f"{REPOSITORY}:{name}-used-{ago(days):%Y%m%d}"


class Engine:
    """Keeps tags as Docker does: an image goes with its last one, which a container's image keeps."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self.created: dict[str, date] = {}
        self.running: set[str] = set()
        self.pruned: list[object] = []
        self.images: Any = SimpleNamespace(get=self._get)
        self.api: Any = SimpleNamespace(
            images=self._list, tag=self._tag, remove_image=self._remove, prune_images=self.pruned.append
        )

    def has(self, name: str, *, made: int, used: int | None = None, repository: str = REPOSITORY) -> None:
        """There is an image, made and last used so many days ago; never by this version where ``used`` is None."""
        self.created[name] = ago(made)
        self.tags[f"{repository}:{name}"] = name
        if used is not None:
            self.tags[stamped(name, used)] = name

    @property
    def names(self) -> set[str]:
        return set(self.tags.values())

    def _get(self, tag: str) -> SimpleNamespace:
        if tag not in self.tags:
            raise docker.errors.ImageNotFound(tag)
        return SimpleNamespace(attrs={"RepoTags": self._tags_of(self.tags[tag])})

    def _tags_of(self, name: str) -> list[str]:
        return [tag for tag, owner in self.tags.items() if owner == name]

    def _list(self, repository: str) -> list[dict[str, Any]]:
        return [
            {"RepoTags": self._tags_of(name), "Created": datetime.combine(day, datetime.min.time(), UTC).timestamp()}
            for name, day in self.created.items()
            if any(tag.startswith(f"{repository}:") for tag in self._tags_of(name))
        ]

    def _tag(self, image: str, repository: str, tag: str) -> None:
        self.tags[f"{repository}:{tag}"] = self.tags[image]

    def _remove(self, tag: str) -> None:
        if tag not in self.tags:
            raise docker.errors.ImageNotFound(tag)
        if self.tags[tag] in self.running and len(self._tags_of(self.tags[tag])) == 1:
            raise docker.errors.APIError("in use", response=SimpleNamespace(status_code=409))
        del self.tags[tag]


@pytest.fixture
def engine() -> Engine:
    return Engine()


class TestPrune:
    def test_images_of_any_number_of_clones_stay_for_a_week_after_their_last_use(self, engine: Engine) -> None:
        for number in range(20):
            engine.has(f"clone{number}", made=30, used=number % 8)

        prune(engine)  # type: ignore[arg-type]

        assert len(engine.names) == 20

    def test_what_nobody_has_used_for_longer_goes_with_all_its_tags(self, engine: Engine) -> None:
        for number in range(4):
            engine.has(f"recent{number}", made=30, used=1)
        engine.has("old", made=30, used=8)

        prune(engine)  # type: ignore[arg-type]

        assert engine.names == {f"recent{number}" for number in range(4)}
        assert not [tag for tag in engine.tags if "old" in tag]

    def test_the_four_used_last_stay_however_long_ago(self, engine: Engine) -> None:
        for number in range(6):
            engine.has(f"clone{number}", made=100, used=90 - number)

        prune(engine)  # type: ignore[arg-type]

        assert engine.names == {"clone2", "clone3", "clone4", "clone5"}

    def test_an_image_of_an_older_version_counts_as_used_when_it_was_made(self, engine: Engine) -> None:
        for number in range(4):
            engine.has(f"recent{number}", made=30, used=0)
        engine.has("new", made=7)
        engine.has("old", made=8)

        prune(engine)  # type: ignore[arg-type]

        assert "new" in engine.names
        assert "old" not in engine.names

    def test_an_image_that_a_container_uses_stays(self, engine: Engine) -> None:
        for number in range(4):
            engine.has(f"recent{number}", made=30, used=0)
        engine.has("old", made=60, used=50)
        engine.running.add("old")

        prune(engine)  # type: ignore[arg-type]

        assert engine.tags[f"{REPOSITORY}:old"] == "old"

    def test_others_tags_of_an_image_stay(self, engine: Engine) -> None:
        for number in range(4):
            engine.has(f"recent{number}", made=30, used=0)
        engine.has("old", made=60)
        engine.tags["mine:1"] = "old"

        prune(engine)  # type: ignore[arg-type]

        assert engine.tags["mine:1"] == "old"

    def test_images_that_lost_their_tags_to_a_second_build_go_too(self, engine: Engine) -> None:
        prune(engine)  # type: ignore[arg-type]

        assert engine.pruned == [{"dangling": True, "label": [LABEL]}]


class TestStamp:
    def test_it_replaces_the_one_of_an_earlier_day(self, engine: Engine) -> None:
        engine.has("clone", made=30, used=3)

        stamp(engine, f"{REPOSITORY}:clone")  # type: ignore[arg-type]

        assert set(engine.tags) == {f"{REPOSITORY}:clone", stamped("clone", 0)}

    def test_an_image_that_is_not_there_is_none(self, engine: Engine) -> None:
        with pytest.raises(docker.errors.ImageNotFound):
            stamp(engine, f"{REPOSITORY}:clone")  # type: ignore[arg-type]

    def test_a_tag_with_no_such_day_is_no_stamp(self, engine: Engine) -> None:
        engine.has("clone-used-20261399", made=1)

        prune(engine)  # type: ignore[arg-type]

        assert engine.names == {"clone-used-20261399"}
