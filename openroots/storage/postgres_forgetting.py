"""What a store in PostgreSQL forgets: marks that expired, people who are erased, old versions.

For the PostgreSQL store. Each is one statement, and tells how many it took out.

Source: PostgreSQL's documentation on data-modifying statements in WITH.
"""

SWEEP = """
WITH swept AS (DELETE FROM mark WHERE expires <= $1 RETURNING 1) SELECT count(*) FROM swept
"""
ERASE = """
WITH emptied AS (
    UPDATE version SET raw = '', forms = '', holder = '', labels = '{}'
    WHERE subject = $1 AND length(raw) > 0 RETURNING 1
), unfound AS (
    DELETE FROM term WHERE subject = $1
), untold AS (
    UPDATE signal SET type = 'erased', subject = '', dataref = '' WHERE subject = $1
)
SELECT count(*) FROM emptied
"""
# What a version was found by goes with it, up to the commit that took its place. That is before the
# first which was not made before then, as in `sqlite_pruning`.
PRUNE = """
WITH gone AS (
    DELETE FROM version old USING version new
    WHERE new.type = old.type AND new.id = old.id AND new.version = old.version + 1
    AND old.subject <> '' AND new.t < $2
    AND new.t < coalesce((SELECT min(t) FROM committed WHERE wall >= $1), forever())
    RETURNING old.type, old.id, old.subject, new.t
), unfound AS (
    DELETE FROM term USING gone WHERE term.subject = gone.subject
    AND term.type = gone.type AND term.id = gone.id AND term.until <= gone.t
)
SELECT count(*) FROM gone
"""
