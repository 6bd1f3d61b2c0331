-- Retention, legal holds, appraisal and disposal (docs/retention.md).
--
-- Classes and rules are dated data: a row is never changed, a later one takes its place from its first day on. What was
-- decided about evidence is a row of its own, added and never rewritten; evidence_retention repeats the latest.

-- How long a class keeps. years null: for ever.
create table retention_class (
    row_id bigint generated always as identity primary key,
    class_id text not null check (class_id ~ '^[A-Z][A-Z0-9_]{0,29}$'),
    years int check (years between 1 and 200),
    title_zh text not null,
    title_en text not null,
    -- null: to be approved locally
    approval_doc text,
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    note text,
    proposed_by text not null,
    proposed_by_name text not null,
    approved_by text not null,
    approved_by_name text not null,
    approved_at timestamptz not null
);
create index retention_class_of on retention_class (class_id, valid_from desc, row_id desc);

-- Which class a type of case gets, and when its period begins.
create table retention_rule (
    row_id bigint generated always as identity primary key,
    rule_id text not null check (rule_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
    case_type text not null check (case_type in ('ORDINARY_PENALTY', 'MAJOR', 'SUMMARY', 'COMPLAINT', 'UNSPECIFIED', 'NO_CASE')),
    class_id text not null,
    begins text not null check (begins in ('END_OF_CLOSING_YEAR', 'CAPTURE')),
    approval_doc text,
    valid_from date not null,
    valid_to date check (valid_to >= valid_from),
    note text,
    proposed_by text not null,
    proposed_by_name text not null,
    approved_by text not null,
    approved_by_name text not null,
    approved_at timestamptz not null
);
create index retention_rule_of on retention_rule (case_type, valid_from desc, row_id desc);

-- Source: docs of the archives administration as read in the design (order 8 of 2006, rules for offices' archives): 永久, 30年,
-- 10年; which file gets which is for the bureau's own approved table, so no document number is given.
insert into retention_class (class_id, years, title_zh, title_en, valid_from, note, proposed_by, proposed_by_name, approved_by,
        approved_by_name, approved_at)
    select c.class_id, c.years, c.title_zh, c.title_en, date '2006-12-18', 'shipped default, to be approved locally',
        'system:retention', 'system', 'system:retention', 'system', timestamptz '2006-12-18 00:00:00+08'
    from (values ('PERMANENT', null, '永久', 'permanent'), ('Y30', 30, '30年', '30 years'), ('Y10', 10, '10年', '10 years'),
        ('CLUE', 4, '追诉时效2年＋2年', 'limitation period of 2 years, and 2 years')) as c (class_id, years, title_zh, title_en);
insert into retention_rule (rule_id, case_type, class_id, begins, valid_from, note, proposed_by, proposed_by_name, approved_by,
        approved_by_name, approved_at)
    select r.rule_id, r.case_type, r.class_id, r.begins, date '2006-12-18', 'shipped default, to be approved locally',
        'system:retention', 'system', 'system:retention', 'system', timestamptz '2006-12-18 00:00:00+08'
    from (values ('D-1', 'ORDINARY_PENALTY', 'Y30', 'END_OF_CLOSING_YEAR'), ('D-2', 'MAJOR', 'PERMANENT', 'END_OF_CLOSING_YEAR'),
        ('D-3', 'SUMMARY', 'Y10', 'END_OF_CLOSING_YEAR'), ('D-4', 'COMPLAINT', 'Y10', 'END_OF_CLOSING_YEAR'),
        ('D-5', 'UNSPECIFIED', 'Y30', 'END_OF_CLOSING_YEAR'), ('D-6', 'NO_CASE', 'CLUE', 'CAPTURE'))
        as r (rule_id, case_type, class_id, begins);

-- What retention needs to know of a case: its type and whether it is closed. The newest row of a number is in force.
create table retention_case (
    id bigint generated always as identity primary key,
    case_no text not null check (length(case_no) between 1 and 100),
    case_type text not null check (case_type in ('ORDINARY_PENALTY', 'MAJOR', 'SUMMARY', 'COMPLAINT', 'UNSPECIFIED')),
    -- null: open
    closed_on date,
    reason text,
    said_by text not null,
    said_by_name text not null,
    said_at timestamptz not null
);
create index retention_case_of on retention_case (case_no, id desc);
alter table evidence_link add column case_type text;

create table evidence_retention (
    evidence_id uuid primary key references evidence,
    class_id text not null,
    rule_id text not null,
    approval_doc text,
    -- RULE: assigned by rule; PERSON: decided by persons, a rule may only raise it
    basis text not null check (basis in ('RULE', 'PERSON')),
    -- of the class when it was assigned; null: permanent
    years int,
    -- what the rule was looked up with, and the rows that were in force; other rows in force: looked up again
    case_type text not null,
    rule_row bigint not null,
    class_row bigint not null,
    -- last day before the period; null: it does not run (open case), or the class is permanent
    begins_on date,
    ends_at timestamptz,
    -- end of the lock that is known to be on every object in every copy
    locked_until timestamptz not null,
    changed_at timestamptz not null,
    check (years is not null or ends_at is null),
    check ((begins_on is null) = (ends_at is null))
) with (fillfactor = 80);
create index evidence_retention_class on evidence_retention (class_id, years, ends_at);
create index evidence_retention_rows on evidence_retention (case_type, rule_row, class_row);
create index evidence_retention_ends on evidence_retention (ends_at, evidence_id) where ends_at is not null;
create index evidence_retention_renew on evidence_retention (locked_until) where ends_at is null;
create index evidence_retention_short on evidence_retention (evidence_id) where ends_at > locked_until;

-- Everything ever decided about how long; the newest of an evidence is in force.
create table retention_history (
    id bigint generated always as identity primary key,
    evidence_id uuid not null references evidence,
    at timestamptz not null,
    -- RULE, RAISED, LOWERED, EXTENDED (appraisal), LOCK (only the lock was renewed)
    kind text not null check (kind in ('RULE', 'RAISED', 'LOWERED', 'EXTENDED', 'LOCK')),
    class_id text not null,
    rule_id text not null,
    approval_doc text,
    begins_on date,
    ends_at timestamptz,
    locked_until timestamptz,
    reason text,
    actor_id text not null,
    actor_name text not null,
    approval_id uuid
);
create index retention_history_of on retention_history (evidence_id, id);
create index retention_history_at on retention_history (at);

-- A matter that needs a second person. content: what exactly is asked for; it is done in the transaction of the approval.
create table retention_approval (
    id uuid primary key,
    kind text not null check (kind in ('CLASS', 'RULE', 'LOWER', 'RELEASE', 'APPRAISAL', 'DISPOSAL')),
    -- evidence, hold, class, rule or disposal it is about
    subject text not null,
    content jsonb not null,
    reason text not null,
    proposed_by text not null,
    proposed_by_name text not null,
    proposed_at timestamptz not null,
    state text not null check (state in ('OPEN', 'APPROVED', 'REFUSED', 'WITHDRAWN')),
    decided_by text,
    decided_by_name text,
    decided_at timestamptz,
    note text,
    check ((state = 'OPEN') = (decided_by is null)),
    -- the proposer withdraws, another decides
    check (state not in ('APPROVED', 'REFUSED') or decided_by <> proposed_by)
);
create index retention_approval_open on retention_approval (proposed_at) where state = 'OPEN';
create unique index retention_approval_one on retention_approval (kind, subject) where state = 'OPEN';

create table legal_hold (
    id uuid primary key,
    number bigint generated always as identity unique,
    reason text not null,
    -- set: covers what is linked to this case later, too
    case_no text,
    placed_by text not null,
    placed_by_name text not null,
    placed_at timestamptz not null,
    released_by text,
    released_by_name text,
    released_at timestamptz,
    release_reason text,
    approval_id uuid
);
create index legal_hold_in_force on legal_hold (number) where released_at is null;
create index legal_hold_case on legal_hold (case_no) where released_at is null and case_no is not null;

-- PLACING: decided, objects not all on hold yet; ON: all objects of all copies; LIFTING: released, objects not all free yet; OFF.
create table legal_hold_evidence (
    hold_id uuid not null references legal_hold,
    evidence_id uuid not null references evidence,
    state text not null check (state in ('PLACING', 'ON', 'LIFTING', 'OFF')),
    changed_at timestamptz not null,
    failure text,
    primary key (hold_id, evidence_id)
);
create index legal_hold_evidence_of on legal_hold_evidence (evidence_id, state);
create index legal_hold_evidence_work on legal_hold_evidence (changed_at) where state in ('PLACING', 'LIFTING');

-- Copies of legal_hold_evidence, for lists, and what is left of evidence that was disposed of.
alter table evidence add column held boolean not null default false;
alter table evidence add column disposed_at timestamptz;
alter table evidence add column disposal_id uuid;
create index evidence_held on evidence (number) where held;
create index evidence_disposed on evidence (number) where disposed_at is not null;

-- 鉴定: what is to become of evidence whose period has ended.
create table appraisal (
    id uuid primary key,
    evidence_id uuid not null references evidence,
    decision text not null check (decision in ('EXTEND', 'DESTROY', 'TRANSFER')),
    opinion text not null,
    -- EXTEND: the class it gets
    class_id text,
    -- TRANSFER: to whom
    transfer_to text,
    by_id text not null,
    by_name text not null,
    at timestamptz not null,
    -- PROPOSED waits for approval; DESTROY: for a disposal list and its approval
    state text not null check (state in ('PROPOSED', 'LISTED', 'DONE', 'REFUSED', 'WITHDRAWN')),
    check ((decision = 'EXTEND') = (class_id is not null)),
    check ((decision = 'TRANSFER') = (transfer_to is not null))
);
create unique index appraisal_one on appraisal (evidence_id) where state in ('PROPOSED', 'LISTED');
create index appraisal_at on appraisal (at);
create index appraisal_state on appraisal (state, at);

create table disposal (
    id uuid primary key,
    number bigint generated always as identity unique,
    state text not null check (state in ('PROPOSED', 'APPROVED', 'RUNNING', 'DONE', 'REFUSED', 'CANCELLED')),
    -- the list (清册), canonical JSON, and its digest: what was approved is exactly this
    list text not null,
    list_sha256 text not null check (list_sha256 ~ '^[0-9a-f]{64}$'),
    opinion text not null,
    method text not null,
    supervisors text[] not null check (cardinality(supervisors) = 2),
    proposed_by text not null,
    proposed_by_name text not null,
    proposed_at timestamptz not null,
    approval_id uuid not null,
    approved_by text,
    approved_by_name text,
    approved_at timestamptz,
    -- the first object is about to go: from here there is no way back
    started_at timestamptz,
    ended_at timestamptz,
    ended_by_name text,
    end_reason text,
    -- kept object of kind DISPOSAL_CERTIFICATE
    certificate text,
    certificate_sha256 text,
    -- why it waits or what failed last
    waits text,
    check ((state = 'DONE') = (certificate_sha256 is not null))
);
create index disposal_work on disposal (number) where state in ('APPROVED', 'RUNNING');
create index disposal_ended on disposal (ended_at);

create table disposal_item (
    disposal_id uuid not null references disposal,
    position int not null,
    evidence_id uuid not null references evidence,
    appraisal_id uuid not null references appraisal,
    -- DELETING: objects are going; LEFT_OUT: it became forbidden before its first object went
    state text not null check (state in ('PENDING', 'DELETING', 'DELETED', 'LEFT_OUT', 'CANCELLED')),
    why text,
    changed_at timestamptz not null,
    primary key (disposal_id, position)
);
create unique index disposal_item_one on disposal_item (evidence_id) where state in ('PENDING', 'DELETING', 'DELETED');

-- What each item consisted of, copied before the first object goes; stays for ever.
create table disposal_object (
    disposal_id uuid not null references disposal,
    evidence_id uuid not null references evidence,
    position smallint not null,
    member text not null,
    sha256 text not null,
    size_bytes bigint not null,
    key text not null,
    version_id text not null,
    -- SHARED: other evidence consists of it too, so it stays
    state text not null check (state in ('PENDING', 'DELETED', 'SHARED')),
    -- versions that were deleted, in all copies
    versions int,
    changed_at timestamptz not null,
    primary key (disposal_id, evidence_id, position)
);

-- Runs of the check that compares class, catalogue and store, and what each found.
create table lock_check (
    id uuid primary key,
    started_at timestamptz not null,
    ended_at timestamptz,
    state text not null check (state in ('RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
    asked_by text not null,
    asked_by_name text not null,
    -- of the last evidence looked at: where the next server goes on
    number bigint not null default 0,
    evidence bigint not null default 0,
    objects bigint not null default 0,
    differences bigint not null default 0,
    failure text
);
create index lock_check_started on lock_check (started_at);
create table lock_difference (
    check_id uuid not null references lock_check,
    id bigint generated always as identity primary key,
    evidence_id uuid,
    store_id text not null,
    key text not null,
    -- NO_OBJECT, NO_COPY, NOT_LOCKED, LOCK_SHORT, LOCK_BEHIND_CLASS, NO_HOLD, HOLD_LEFT
    code text not null,
    wanted timestamptz,
    found timestamptz
);
create index lock_difference_of on lock_difference (check_id, id);

grant select, insert on retention_class, retention_rule, retention_case, retention_history, retention_approval, legal_hold,
    legal_hold_evidence, evidence_retention, appraisal, disposal, disposal_item, disposal_object, lock_check, lock_difference
    to tiezheng_app;
grant update (class_id, rule_id, approval_doc, basis, years, case_type, rule_row, class_row, begins_on, ends_at, locked_until, changed_at)
    on evidence_retention to tiezheng_app;
grant update (state, decided_by, decided_by_name, decided_at, note) on retention_approval to tiezheng_app;
grant update (released_by, released_by_name, released_at, release_reason, approval_id) on legal_hold to tiezheng_app;
grant update (state, changed_at, failure) on legal_hold_evidence to tiezheng_app;
grant update (state) on appraisal to tiezheng_app;
grant update (state, approved_by, approved_by_name, approved_at, started_at, ended_at, ended_by_name, end_reason, certificate,
    certificate_sha256, waits) on disposal to tiezheng_app;
grant update (state, why, changed_at) on disposal_item to tiezheng_app;
grant update (state, versions, changed_at) on disposal_object to tiezheng_app;
grant update (ended_at, state, number, evidence, objects, differences, failure) on lock_check to tiezheng_app;
grant update (held) on evidence to tiezheng_app;

-- The application has no delete on the catalogue. The content rows of one evidence go only through this function, and only when
-- the disposal it is in says that every one of its objects is gone.
create function bury_evidence(buried uuid, disposal uuid, at timestamptz) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select 1 from disposal_item i join disposal d on d.id = i.disposal_id
            where i.evidence_id = buried and i.disposal_id = bury_evidence.disposal and i.state = 'DELETING' and d.state = 'RUNNING')
        or exists (select 1 from disposal_object o
            where o.evidence_id = buried and o.disposal_id = bury_evidence.disposal and o.state = 'PENDING')
        or (select count(*) from disposal_object o where o.evidence_id = buried and o.disposal_id = bury_evidence.disposal)
            <> (select count(*) from evidence_object o where o.evidence_id = buried)
    then
        raise exception 'evidence % is not at the end of a disposal', buried;
    end if;
    delete from evidence_file where evidence_id = buried;
    delete from evidence_object where evidence_id = buried;
    delete from evidence_text t using evidence e where e.id = buried and t.number = e.number;
    update evidence set disposed_at = bury_evidence.at, disposal_id = bury_evidence.disposal, version = version + 1
        where id = buried;
end $$;
revoke all on function bury_evidence(uuid, uuid, timestamptz) from public;
grant execute on function bury_evidence(uuid, uuid, timestamptz) to tiezheng_app;
