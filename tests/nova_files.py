"""Small NOVA files, drawn in a few words."""

import struct
from pathlib import Path

LAUGHTER = "2.96;3.92;1;1\n8;9.72;1;1\n18.8;20.08;1;1\n23.91;24.87;1;0.6\n27.22;28.61;1;0.9\n29.2;30.41;0;1\n"
"""The golden DISCRETE lines of the scheme laughter (laugh 0, speech 1)."""
FREE = "2;2.56;hi;1\n2.72;3.16;<LAUGH>;1;color=#FFFF0000\n"
AROUSAL = "-0.021;1\n-0.017;1\n-0.016;0.6\n0.011;0.4\n0;1\n"
NAME = "infant.face.anna.annotation"


def head(
    classes: str = "Smile Neutral",
    size: object = 1,
    form: str = "ASCII",
    kind: str = 'type="DISCRETE"',
    scheme: str = "face",
    meta: str = '<meta annotator="anna" role="infant"/>',
    first: str = '<?xml version="1.0" ?>\n',
) -> str:
    """The head of an annotation; 'Smile Neutral' are the classes 0 and 1, 'Cry=7' is the class 7."""
    words = [(word.split("=") + [str(number)])[:2] for number, word in enumerate(classes.split())]
    items = "".join(f'<item name="{name}" id="{id}" color="#FFC0504D" />' for name, id in words)
    info = f'<info ftype="{form}" size="{size}" />'
    return (
        f'{first}<annotation ssi-v="3">\n{info}{meta}\n<scheme name="{scheme}" {kind}>{items}</scheme>\n</annotation>\n'
    )


def segments(*rows: tuple[float, float, int, float]) -> bytes:
    """Binary DISCRETE rows: from, to, id, confidence."""
    return b"".join(struct.pack("<ddif", *row) for row in rows)


def texts(*rows: tuple[float, float, str, float]) -> bytes:
    """Binary FREE rows: from, to, text, confidence."""
    found = b""
    for start, stop, word, sure in rows:
        found += struct.pack("<ddI", start, stop, len(word.encode())) + word.encode() + struct.pack("<f", sure)
    return found


def pair(folder: Path, name: str, head: str | bytes, data: str | bytes) -> Path:
    """Head and data of an annotation or stream in a folder; returns the head."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(head.encode() if isinstance(head, str) else head)
    path.with_name(name + "~").write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def stream_head(
    chunks: str = "0-4x100",
    rate: object = 25,
    dim: object = 2,
    byte: object = 4,
    kind: str = "FLOAT",
    form: str = "BINARY",
) -> str:
    """The head of a stream; '0-4x100 6-8x50' are two chunks with 100 and 50 frames."""
    parts = []
    for word in chunks.split():
        span, _, frames = word.partition("x")
        start, _, stop = span.partition("-")
        parts.append(f'<chunk from="{start}" to="{stop}" byte="0" num="{frames}"/>')
    info = f'<info ftype="{form}" sr="{rate}" dim="{dim}" byte="{byte}" type="{kind}" delim=" " />'
    return f'<?xml version="1.0" ?>\n<stream ssi-v="2">\n{info}\n{"".join(parts)}\n</stream>\n'
