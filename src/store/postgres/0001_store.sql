-- Keys and values. bytea sorts byte by byte, which is the order of the contract. Values are compressed already where that
-- pays, so the database need not try again.
create table entries (key bytea primary key, value bytea not null);
alter table entries alter column value set storage external;

-- Who holds which lease. A row is there while it is held (perhaps beyond its time); token tells one request for it from
-- another, so that a request may be repeated when its answer was lost.
create sequence lease_epochs;
create table leases (
    name text primary key,
    node text not null,
    epoch bigint not null,
    token bytea not null,
    until timestamptz not null
);

-- The commits of the last minutes. Whoever lost the connection during a commit finds here whether it took place.
create table commits (id bytea primary key, at timestamptz not null default clock_timestamp());
create index commits_at on commits (at);

-- One commit, whole or not at all. IDF01: an expectation does not hold. IDF02: the lease is not held.
create function commit_batch(
    _id bytea, _fence text, _epoch bigint,
    _expected_keys bytea[], _expected_values bytea[],
    _new_keys bytea[], _new_values bytea[],
    _absent_keys bytea[],
    _put_keys bytea[], _put_values bytea[],
    _delete_keys bytea[],
    _notify boolean
) returns void language plpgsql as $$
declare
    touched bigint;
begin
    -- First, so that whoever asks for this id waits for us.
    insert into commits (id) values (_id);
    if _fence is not null then
        -- The lock keeps the lease from changing hands until we are done.
        perform 1 from leases where leases.name = _fence and leases.epoch = _epoch for share;
        if not found then
            raise exception 'the lease is not held' using errcode = 'IDF02';
        end if;
    end if;
    if cardinality(_expected_keys) > 0 then
        select count(*) into touched from (
            select 1
            from unnest(_expected_keys, _expected_values) as wanted (key, value)
            join entries on entries.key = wanted.key and entries.value = wanted.value
            order by entries.key
            for update of entries
        ) as locked;
        if touched <> cardinality(_expected_keys) then
            raise exception 'an expectation does not hold' using errcode = 'IDF01';
        end if;
    end if;
    -- What must be absent is inserted: of two who do that at the same time the second waits for the first.
    if cardinality(_new_keys) > 0 then
        insert into entries (key, value) select * from unnest(_new_keys, _new_values) on conflict do nothing;
        get diagnostics touched = row_count;
        if touched <> cardinality(_new_keys) then
            raise exception 'an expectation does not hold' using errcode = 'IDF01';
        end if;
    end if;
    if cardinality(_absent_keys) > 0 then
        insert into entries (key, value) select absent.key, '' from unnest(_absent_keys) as absent (key)
        on conflict do nothing;
        get diagnostics touched = row_count;
        if touched <> cardinality(_absent_keys) then
            raise exception 'an expectation does not hold' using errcode = 'IDF01';
        end if;
        delete from entries where entries.key = any (_absent_keys);
    end if;
    if cardinality(_delete_keys) > 0 then
        delete from entries where entries.key = any (_delete_keys);
    end if;
    if cardinality(_put_keys) > 0 then
        insert into entries (key, value) select * from unnest(_put_keys, _put_values)
        on conflict (key) do update set value = excluded.value;
    end if;
    if _notify then
        perform pg_notify('idflow.' || current_schema(), '');
    end if;
end
$$;
