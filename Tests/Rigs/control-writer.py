"""A writer that says of every commit when it is done, for the power-cut rig to hold against what a cut leaves.

    control-writer.py write FILE SYNCHRONOUS
    control-writer.py count FILE

SYNCHRONOUS is SQLite's own word: with NORMAL a commit in a write-ahead log is acknowledged before it is on the disk,
with FULL after. `count` prints how many commits FILE holds. Needs nothing but Python's own library.
"""

import sqlite3
import sys
import time


def write(path, synchronous):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    database.execute("CREATE TABLE line (number INTEGER PRIMARY KEY) STRICT")
    number = 0
    while True:
        number += 1
        database.execute("INSERT INTO line VALUES (?)", (number,))
        print(number, flush=True)
        # The programs it runs beside need the processors too.
        time.sleep(0.002)


def count(path):
    try:
        print(sqlite3.connect(path).execute("SELECT count(*) FROM line").fetchone()[0])
    except sqlite3.Error:
        # Not even the table reached the disk.
        print(0)


if __name__ == "__main__":
    {"write": write, "count": count}[sys.argv[1]](*sys.argv[2:])
