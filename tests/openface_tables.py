"""OpenFace 2 tables for tests: all 714 columns or some, as text."""

from collections.abc import Callable

LANDMARKS = range(68)
GROUPS: dict[str, list[str]] = {
    "basic": ["frame", "face_id", "timestamp", "confidence", "success"],
    "gaze": [f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"] + ["gaze_angle_x", "gaze_angle_y"],
    "eyes": [f"eye_lmk_{axis}_{n}" for axis in "xyXYZ" for n in range(56)],
    "pose": [f"pose_{kind}{axis}" for kind in ("T", "R") for axis in "xyz"],
    "points": [f"{axis}_{n}" for axis in "xy" for n in LANDMARKS],
    "space": [f"{axis}_{n}" for axis in "XYZ" for n in LANDMARKS],
    "shape": ["p_scale", "p_rx", "p_ry", "p_rz", "p_tx", "p_ty", *(f"p_{n}" for n in range(34))],
    "au_r": [f"AU{n:02}_r" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)],
    "au_c": [f"AU{n:02}_c" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)],
}
ALL = [name for names in GROUPS.values() for name in names]
SMALL = ["frame", "face_id", "timestamp", "confidence", "success", "pose_Tz"]
SMALL += [f"{axis}_{n}" for axis in "xy" for n in (31, 32, 33, 34, 35, 48, 54)] + ["AU12_r"]
"""The columns that smiles need."""
FAR = "000000135777777777420000000000"
"""A smile: how far the corner 48 stands from the nostril beyond 10 px, one digit per frame."""
STEP_S = 0.1


def cell(name: str, frame: int, face: int = 0, start_s: float = 0.0) -> str:
    """One cell of a track that smiles once, for a second from .7 s; everything else is 1."""
    corner = -10 - int(FAR[frame])
    known: dict[str, Callable[[], object]] = {
        "frame": lambda: frame + 1,
        "face_id": lambda: face,
        "timestamp": lambda: f"{start_s + frame * STEP_S:.3f}",
        "confidence": lambda: "0.98" if face == 0 else "0.83",
        "success": lambda: 1,
        "pose_Tz": lambda: "500.0",
        "AU12_r": lambda: "2.00" if 7 <= frame <= 17 else "0.00",
        "x_48": lambda: f"{corner + 500:.1f}",
        "x_54": lambda: f"{corner + 520:.1f}",
        "x_34": lambda: "500.0",
        "y_48": lambda: "300.0",
        "y_54": lambda: "300.0",
        "y_34": lambda: "300.0",
    }
    return str(known.get(name, lambda: "1.0")())


def table(
    columns: list[str] = SMALL, frames: int = len(FAR), faces: int = 1, blank: str = "", start_s: float = 0.0
) -> str:
    """The table as text, rows by frame, `blank` before every name and cell."""
    rows = [columns] + [
        [cell(name, i, face, start_s) for name in columns] for i in range(frames) for face in range(faces)
    ]
    return "".join(",".join(blank + one for one in row) + "\n" for row in rows)


def changed(text: str, line: int, column: str, word: str) -> str:
    """The table with one cell replaced; the header is line 1."""
    lines = text.splitlines()
    place = [name.strip() for name in lines[0].split(",")].index(column)
    cells = lines[line - 1].split(",")
    cells[place] = word
    return "\n".join([*lines[: line - 1], ",".join(cells), *lines[line:]]) + "\n"
