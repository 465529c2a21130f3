-- The tables and functions of OpenRoots on PostgreSQL, schema version 5. See postgres.py for why.
--
-- Nothing of a version is ever updated, but where a person is erased; of a term only `until`, once, and of a mark its value.
-- Look-ups within one resource lead with its subject, so that `version` and `term` can be
-- partitioned by it. Text compares byte by byte, as it does in every other store.

CREATE SCHEMA openroots;
SET LOCAL search_path = openroots;

CREATE TABLE schema_version (number integer NOT NULL);
INSERT INTO schema_version VALUES (5);

CREATE TABLE committed (
    t bigint PRIMARY KEY,
    application text NOT NULL, organisation text NOT NULL, endpoint text NOT NULL,
    trail text NOT NULL, wall timestamptz NOT NULL, time timestamptz NOT NULL,
    types text[] NOT NULL, ids text[] NOT NULL      -- which resources, in the order given
);

CREATE TABLE version (
    type text COLLATE "C", id text COLLATE "C", version bigint, t bigint NOT NULL,
    subject text COLLATE "C" NOT NULL, holder text COLLATE "C" NOT NULL,
    labels text[] COLLATE "C" NOT NULL,
    raw bytea NOT NULL,                             -- empty: removed at t
    forms bytea NOT NULL,                           -- other forms of it, packed
    PRIMARY KEY (type, id, version)
);

CREATE TABLE term (                                 -- so from commit `since` until before `until`
    type text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
    since bigint NOT NULL, until bigint NOT NULL,
    subject text COLLATE "C" NOT NULL, holder text COLLATE "C" NOT NULL,
    labels text[] COLLATE "C" NOT NULL
);
CREATE INDEX term_of ON term (subject, type, id, name);
-- An index entry must fit into a third of a page and a value need not: hence its beginning only.
CREATE INDEX term_value ON term (type, name, left(value, 200), id);

CREATE TABLE signal (
    t bigint, n integer, time timestamptz NOT NULL,
    type text NOT NULL, subject text NOT NULL, dataref text NOT NULL,
    PRIMARY KEY (t, n)
);

CREATE TABLE mark (
    key text COLLATE "C" PRIMARY KEY, value bytea NOT NULL, expires timestamptz
);
CREATE INDEX mark_expires ON mark (expires);


-- Until when a term holds that still does.
CREATE OR REPLACE FUNCTION forever() RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT 9223372036854775807
$$;


-- The version at which a resource is; 0 where there is none or it was removed.
CREATE OR REPLACE FUNCTION standing(a_type text, an_id text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE length(v.raw) WHEN 0 THEN 0 ELSE v.version END
        FROM version v WHERE v.type = a_type AND v.id = an_id ORDER BY v.version DESC LIMIT 1
    ), 0)
$$;


-- Raises OR001 where something that a commit relied on is no longer so.
CREATE OR REPLACE FUNCTION refuse_conflicts(work jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    relied record;
    absent record;
    found_one boolean;
BEGIN
    FOR relied IN
        SELECT r.type, standing(r.type, r.id) AS version
        FROM jsonb_to_recordset(work->'relied') AS r(type text, id text, version bigint)
        WHERE standing(r.type, r.id) <> r.version LIMIT 1
    LOOP
        RAISE EXCEPTION '% is at version %', relied.type, relied.version USING ERRCODE = 'OR001';
    END LOOP;
    FOR absent IN
        SELECT * FROM jsonb_to_recordset(work->'absent') AS a(type text, sql text, texts text[])
    LOOP
        EXECUTE format('SELECT EXISTS (%s)', absent.sql)
            INTO found_one USING absent.texts, (SELECT max(t) FROM committed);
        IF found_one THEN
            RAISE EXCEPTION '% is there', absent.type USING ERRCODE = 'OR001';
        END IF;
    END LOOP;
    IF EXISTS (
        SELECT FROM mark
        WHERE key = ANY (ARRAY(SELECT jsonb_array_elements_text(work->'once')))
          AND (expires IS NULL OR expires > (work->>'wall')::timestamptz)
    ) THEN
        RAISE EXCEPTION 'marked before' USING ERRCODE = 'OR001';
    END IF;
END $$;


-- Writes one version, closes the terms that are no longer so and opens the new ones.
CREATE OR REPLACE FUNCTION write_version(change jsonb, a_raw bytea, some_forms bytea, at bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c record;
    was record;
BEGIN
    SELECT * INTO c FROM jsonb_to_record(change)
        AS c(type text, id text, subject text, holder text, labels text[], terms jsonb);
    SELECT v.version, v.subject INTO was FROM version v
        WHERE v.type = c.type AND v.id = c.id ORDER BY v.version DESC LIMIT 1;
    INSERT INTO version VALUES (
        c.type, c.id, coalesce(was.version, 0) + 1, at, c.subject, c.holder, c.labels, a_raw, some_forms
    );
    IF was.version > 0 THEN
        UPDATE term SET until = at
            WHERE subject = was.subject AND type = c.type AND id = c.id AND until = forever()
              AND ((subject, holder, labels) IS DISTINCT FROM (c.subject, c.holder, c.labels)
                   OR (name, value) NOT IN (
                       SELECT pair->>0, pair->>1 FROM jsonb_array_elements(c.terms) AS pair
                   ));
    END IF;
    INSERT INTO term
        SELECT c.type, pair->>0, pair->>1, c.id, at, forever(), c.subject, c.holder, c.labels
        FROM jsonb_array_elements(c.terms) AS pair
        WHERE NOT EXISTS (
            SELECT FROM term
            WHERE subject = c.subject AND type = c.type AND id = c.id AND until = forever()
              AND name = pair->>0 AND value = pair->>1
        );
END $$;


-- Keeps one submission as commit `at`, or raises. Its blobs follow `skip` others.
CREATE OR REPLACE FUNCTION keep(work jsonb, blobs bytea[], skip integer, at bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_conflicts(work);
    PERFORM write_version(change, blobs[skip + 2 * n - 1], blobs[skip + 2 * n], at)
        FROM jsonb_array_elements(work->'changes') WITH ORDINALITY AS c(change, n);
    INSERT INTO committed
        SELECT at, b.*,
            ARRAY(SELECT c->>'type' FROM jsonb_array_elements(work->'changes') AS c),
            ARRAY(SELECT c->>'id' FROM jsonb_array_elements(work->'changes') AS c)
        FROM jsonb_to_record(work) AS b(
            application text, organisation text, endpoint text, trail text,
            wall timestamptz, time timestamptz
        );
    INSERT INTO signal
        SELECT at, n, (work->>'time')::timestamptz, s->>'type', s->>'subject', s->>'dataref'
        FROM jsonb_array_elements(work->'signals') WITH ORDINALITY AS told(s, n);
    INSERT INTO mark
        SELECT m->>'key', blobs[skip + 2 * jsonb_array_length(work->'changes') + n],
            (m->>'expires')::timestamptz
        FROM jsonb_array_elements(work->'marks') WITH ORDINALITY AS made(m, n)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires;
END $$;


-- Keeps a batch: for each submission its number, or the state and words of why it was not kept.
--
-- Every statement within is a look-up by key. Plans outlive the day on which the tables were
-- small, so a scan of a whole table, which seemed cheap then, is ruled out; and none is better for
-- knowing the values, so none is made anew for them.
CREATE OR REPLACE FUNCTION keep_all(works jsonb[], blobs bytea[], skips integer[])
RETURNS TABLE (kept bigint, state text, words text)
LANGUAGE plpgsql SET search_path = openroots SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    latest bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(8030029660642307956);
    SELECT coalesce(max(t), 0) INTO latest FROM committed;
    FOR i IN 1 .. coalesce(array_length(works, 1), 0) LOOP
        kept := latest + 1;
        state := NULL;
        words := NULL;
        BEGIN
            PERFORM keep(works[i], blobs, skips[i], kept);
            latest := kept;
        EXCEPTION WHEN OTHERS THEN
            kept := NULL;
            state := SQLSTATE;
            words := SQLERRM;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
