"""Episodes of still-face sessions: from a table, else from a coded annotation, with every bad row named."""

import pytest

from db.connect import open_reader
from db.queries_episodes import episodes
from pipeline.catalogue.episodes import EPISODES, GROUP, episode_named
from pipeline.catalogue.scheme import load_scheme, scheme_path
from tests.nova_files import head, pair
from tests.tiny import Tiny, entry

TABLE = '\n[tables.episodes]\nfile = "episodes.csv"\n[tables.episodes.values.episode]\nsf = "still_face"\n'
MARKED = '\n[[coded]]\nfiles = ["*/*.annotation"]\nformat = "nova"\nscheme = "episodes"\nsubject = "infant"\n'
HEADER = "observation_id,episode,onset,offset,unit\n"


def test_the_scheme_has_the_names_of_the_episodes():
    (group,) = load_scheme(scheme_path("episodes")).groups
    assert group.name == GROUP and tuple(code.label for code in group.codes) == tuple(EPISODES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Still-Face", "still_face"),
        (" still  face ", "still_face"),
        ("PLAY", "play"),
        ("reunion", "reunion"),
        ("sf", None),
    ],
)
def test_words_for_episodes(text, name):
    assert episode_named(text) == name


def test_a_table_and_an_annotation_say_the_episodes(tmp_path):
    """O1 has three episodes in the table, in seconds and milliseconds, and its annotation is not asked; O2 has only an
    annotation, in NOVA's capitals; O3 nothing. Every bad row is refused by name."""
    study = Tiny(tmp_path, {"O1": 360, "O2": 360, "O3": 10}, entry("*.csv") + MARKED, tail=TABLE)
    study.spans("a.csv", "| O3 | Infant | Smile | 0 | 5 |")
    good = "O1,play,0,120,s\nO1,sf,130000,250000,ms\nO1,Reunion,250,360,s\n"
    bad = "O1,transition,120,130,s\nO1,play,100,140,s\nO1,play,5,5,s\nO9,play,0,1,s\nO1,play,0,1,h\nO1,play,x,1,s\n"
    study.write("/episodes.csv", HEADER + good + bad)
    content = head("PLAY STILL_FACE", 2, scheme="Episodes", meta="")
    for name in ("O1", "O2"):
        pair(tmp_path / "coded" / name, "session.Episodes.gold.annotation", content, "0;1.5;0;1\n2;3.25;1;1\n")
    done = study.run()
    with open_reader(done.outcome.generation.file) as connection:
        found = episodes(connection.cursor())
        assert len(episodes(connection.cursor(), ["O2"])) == 2
    assert found.to_numpy().tolist() == [
        ["O1", "play", 0, 120_000],
        ["O1", "still_face", 130_000, 250_000],
        ["O1", "reunion", 250_000, 360_000],
        ["O2", "play", 0, 1_500],
        ["O2", "still_face", 2_000, 3_250],
    ]
    said = done.ask("SELECT line, kind FROM issue WHERE file = 'episodes.csv' AND severity = 'error' ORDER BY line")
    assert said == [
        (5, "unknown_episode"),
        (6, "episodes_overlap"),
        (7, "offset_before_onset"),
        (8, "unknown_observation"),
        (9, "unknown_unit"),
        (10, "unreadable_time"),
    ]
    assert done.ask("SELECT rows, accepted, rejected FROM source WHERE path = 'episodes.csv'") == [(9, 3, 6)]
    assert done.issues("unknown_episode") == [
        "error unknown_episode: episodes.csv, line 5: the episode 'transition' is not one of: play, reunion, "
        "still_face. | The row was refused. Correct it, or map it in the manifest (values)."
    ]
    study.write("/episodes.csv", HEADER + "O1,play,0,60,s\n")
    again = study.run()
    assert again.ask("SELECT offset_ms FROM episode ORDER BY observation_id, onset_ms") == [
        (60_000,),
        (1_500,),
        (3_250,),
    ]
