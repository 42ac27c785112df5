-- Everything that a schema consists of, one line per thing, in an order that no locale changes. Only names and
-- definitions: no oids, owners or database names, so that the same files give the same lines on every server.
WITH space AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relation AS (
    SELECT c.*, format('%I.%I', nspname, relname) AS name
    FROM pg_class AS c JOIN space ON space.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
), line (kind, name, part, definition) AS (
    SELECT 'relation', name, '',
           concat_ws(' ', relkind, relpersistence, pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid))
    FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT 'column', name, lpad((row_number() OVER (PARTITION BY relation.oid ORDER BY attnum))::text, 4, '0'),
           concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
                     nullif(attidentity, ''), nullif(attgenerated, ''),
                     (SELECT 'COLLATE ' || collname FROM pg_collation
                      WHERE pg_collation.oid = attcollation AND collname <> 'default'),
                     (SELECT 'DEFAULT ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef
                      WHERE adrelid = attrelid AND adnum = attnum))
    FROM relation JOIN pg_attribute ON attrelid = relation.oid
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint', name, conname, pg_get_constraintdef(con.oid)
    FROM relation JOIN pg_constraint AS con ON conrelid = relation.oid WHERE contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'index', name, (SELECT relname FROM pg_class WHERE oid = indexrelid), pg_get_indexdef(indexrelid)
    FROM relation JOIN pg_index ON indrelid = relation.oid WHERE relkind <> 't'
    UNION ALL
    SELECT 'view', name, '', pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT 'trigger', name, tgname, pg_get_triggerdef(pg_trigger.oid)
    FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'sequence', name, '',
           concat_ws(' ', format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
    FROM relation JOIN pg_sequence ON seqrelid = relation.oid
    UNION ALL
    SELECT 'function', format('%I.%I', nspname, proname), pg_get_function_identity_arguments(pg_proc.oid),
           pg_get_functiondef(pg_proc.oid)
    FROM pg_proc JOIN space ON space.oid = pronamespace
    WHERE prokind IN ('f', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
    UNION ALL
    SELECT 'enum', format('%I.%I', nspname, typname), '', string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder)
    FROM pg_type JOIN space ON space.oid = typnamespace JOIN pg_enum ON enumtypid = pg_type.oid
    GROUP BY nspname, typname
)
SELECT concat_ws(E'\t', kind, name, part, definition)
FROM line
ORDER BY kind COLLATE "C", name COLLATE "C", part COLLATE "C", definition COLLATE "C"
