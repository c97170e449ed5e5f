"""Write the golden files."""

from mailserver_lab.wordings import WORDINGS

from . import FOLDER, shown

for wording in WORDINGS:
    (FOLDER / f"{wording}.txt").write_text(shown(wording), encoding="utf-8")
