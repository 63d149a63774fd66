"""A workspace with an assortment that a shop is told the changes of, by one of its tasks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from support.supplier_site import Article, csv_of, make_articles, write_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.killing import Nursery

Told = list[tuple[str, str]]
"""Numbers of articles with their prices."""


class ToldShop:
    """The shop knows all articles at first; ``read`` says what stands in a file that it was sent."""

    def __init__(
        self,
        root: Path,
        nursery: Nursery,
        articles: int,
        *,
        task: str,
        ending: str,
        read: Callable[[Path], Told],
        seed: int,
        more: str = "",
        **settings: str,
    ) -> None:
        """``task`` writes files with ``ending`` into the shop's directory; ``more`` is added to the configuration."""
        self.root = root
        self.task = task
        self.config = write_config(root, **settings)  # type: ignore[arg-type]
        with self.config.open("a", encoding="utf-8") as file:
            file.write(more)
        self.nursery = nursery
        self.rng = random.Random(seed)
        self._ending = ending
        self._read = read
        self.articles: dict[str, Article] = {
            # Prices of one length: all files of changes to as many articles have the same size.
            key: {**article, "Bruto": self.price()}
            for key, article in make_articles(articles, seed=seed + 1).items()
        }
        self.bring(self.articles)
        self.seconds = self.tell()
        assert len(self.told()) == articles

    def price(self) -> str:
        return f"{self.rng.randrange(100, 1000)},{self.rng.randrange(100):02d}"

    def change(self, count: int) -> dict[str, str]:
        """Let the supplier change so many prices; return them as the shop must hear of them."""
        keys = self.rng.sample(sorted(self.articles), count)
        for key in keys:
            old = self.articles[key]["Bruto"]
            while self.articles[key]["Bruto"] == old:
                self.articles[key] = {**self.articles[key], "Bruto": self.price()}
        self.bring({key: self.articles[key] for key in keys})
        return {key: self.articles[key]["Bruto"].replace(",", ".") for key in keys}

    def bring(self, articles: dict[str, Article]) -> None:
        (self.root / "supplier" / "prices.csv").write_bytes(csv_of(articles))
        ended = self.nursery.run(self.config, "run", "delta")
        assert ended.code == 0, ended.notes

    def tell(self) -> float:
        """Run the task; return how long that took."""
        ended = self.nursery.run(self.config, "run", self.task)
        assert ended.code == 0, ended.notes
        return ended.seconds

    def told(self) -> Told:
        """Take all that lies in the shop's directory, and return what it says."""
        found: Told = []
        for path in self.files():
            found += self._read(path)
            path.unlink()
        return sorted(found)

    def files(self) -> list[Path]:
        """Return the files that the shop was sent."""
        return sorted(self.root.joinpath("shop").glob(f"*{self._ending}"))

    def killed_at_any_moment(self, kills: int) -> None:
        """Change a third of the articles, kill the task that tells of it, and let it tell; so many times."""
        share, killed = 1.0, 0
        while killed < kills:
            changes = self.change(len(self.articles) // 3)
            moment = (killed + self.rng.random()) / kills * self.seconds * share
            if self.nursery.run(self.config, "run", self.task, kill_after=moment).killed:
                killed += 1
            else:
                share *= 0.9
            self.tell()
            assert self.told() == sorted(changes.items())
