"""The built book: made when it is missing or when its sources have changed."""

from pathlib import Path

from commands import stamp
from commands.places import BUILD, HTML, ROOT
from commands.talk import Problem, say, words, work

SOURCES = ("book", "_config.yml", "requirements.txt")


def build(python: Path, *, anew: bool = False) -> None:
    """Build both languages, unless the pages that are there are of these very sources."""
    mark = BUILD / "book.stamp"
    wanted = stamp.digest([ROOT / name for name in SOURCES])
    if not anew and (HTML / "index.html").is_file() and stamp.holds(mark, wanted):
        return
    log = BUILD / "book.log"
    log.unlink(missing_ok=True)
    label = words("本を組み立てています", "Building the book")
    if not work(label, [str(python), str(ROOT / "book" / "build.py")], log, cwd=ROOT):
        print(log.read_text("utf-8", "replace"))
        raise Problem(
            words(
                "本を組み立てられませんでした。理由は上のとおりです。直してから「python3 course.py build」を実行してください。",
                "The book could not be built, for the reason above: mend it and run `python3 course.py build`.",
            )
        )
    stamp.write(mark, wanted)
    if anew:
        say(f"できました：{HTML}", f"Done: {HTML}")
